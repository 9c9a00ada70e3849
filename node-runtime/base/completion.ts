import { COMMON_OPTIONS, type OptionSpec, type OptionTable } from './options.ts';
import type { Part, Program, Verb } from './verb.ts';
import { offersFor, wordPlaces } from './word-places.ts';

const TABLES = ['verbs', 'options', 'values', 'words', 'stops'] as const;
type Table = (typeof TABLES)[number];

const HEAD = `# Completion of plumpos for bash, made from its option tables: plumpos completion bash
unset -v ${TABLES.map((table) => `_plumpos_${table}`).join(' ')}
declare -gA ${TABLES.map((table) => `_plumpos_${table}`).join(' ')}
`;

/**
 * What is looked up there: verbs of a verb, its options, what the option of a verb takes (empty: a value of any kind), what stands at
 * a place of its words, whether another program's options follow the first of them. Names of members come from the network and are put into words that bash expands: plain ones only.
 */
const FUNCTIONS = `
_plumpos_nodes() {
  timeout 2 plumpos nodes --json 2>/dev/null | grep -o '"name":"[A-Za-z0-9][A-Za-z0-9.-]*"' | cut -d'"' -f4
}

_plumpos() {
  local cur=\${COMP_WORDS[COMP_CWORD]} verb=\${1##*/} option='' last='' plain='' offers word i place=1
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == '=' ]]; then # bash makes three words of --option=value
      option=$last
    elif [[ -n $option ]]; then
      option=''
    elif [[ $word == -- ]]; then
      plain=yes
    elif [[ -z $plain && $word == -* ]]; then
      last=$word
      [[ -z \${_plumpos_values[$verb $word]+there} ]] || option=$word
    elif [[ -n \${_plumpos_verbs[$verb]-} ]]; then
      [[ $verb == plumpos ]] && verb=$word || verb="$verb $word"
    else
      last='' plain=$plain\${_plumpos_stops[$verb]-}
      place=$((place + 1))
    fi
  done
  if [[ $cur == '=' ]]; then
    option=$last cur=''
  fi
  if [[ -n $option ]]; then
    offers=\${_plumpos_values[$verb $option]-}
  elif [[ -z $plain && $cur == -* ]]; then
    offers=\${_plumpos_options[$verb]-}
  else
    offers="\${_plumpos_verbs[$verb]-} \${_plumpos_words[$verb $place]-\${_plumpos_words[$verb +]-}}"
  fi
  COMPREPLY=()
  for word in $offers; do
    case $word in
      @node) mapfile -t -O \${#COMPREPLY[@]} COMPREPLY < <(compgen -P "\${cur%"\${cur##*,}"}" -W "$(_plumpos_nodes)" -- "\${cur##*,}") ;;
      @command) mapfile -t -O \${#COMPREPLY[@]} COMPREPLY < <(compgen -c -- "$cur") ;;
      "$cur"*) COMPREPLY+=("$word") ;;
    esac
  done
}

# Where nothing is offered bash completes names of files.
`;

/** The script that makes bash complete verbs, options, values and words, by every name the program is called by. */
export function completionScript({ verbs, commands = ['plumpos'] }: Program, part: Part = 'whole'): string {
  const names = verbs.flatMap(namesOf);
  const lines = [`_plumpos_verbs['plumpos']+='${names.join(' ')} '`, ...verbs.flatMap((verb) => linesOf(verb))];
  return [
    part === 'tail' ? '' : HEAD,
    lines.map((line) => `${line}\n`).join(''),
    part === 'head' ? '' : `${FUNCTIONS}complete -o default -F _plumpos ${commands.join(' ')}\n`,
  ].join('');
}

function namesOf({ name, aliases = [] }: Verb): string[] {
  return [name, ...aliases];
}

/** The lines of a verb under each of its names. `within`: the name of the verb it belongs to. */
function linesOf(verb: Verb, within = ''): string[] {
  const inner = verb.verbs ?? [];
  return namesOf(verb).flatMap((alias) => {
    const name = `${within}${alias}`;
    const words = verb.aliasWords?.[alias];
    return [
      ...(inner.length > 0
        ? [line('verbs', name, inner.flatMap(namesOf)), ...inner.flatMap((one) => linesOf(one, `${name} `))]
        : []),
      ...optionLines(
        name,
        words === undefined ? { ...verb.options, ...COMMON_OPTIONS } : { help: COMMON_OPTIONS.help },
      ),
      ...(verb.stopAtWord ? [line('stops', name, ['yes'])] : []),
      ...(inner.length > 0 ? [] : wordLines(name, words ?? verb.words ?? '', verb.stopAtWord !== true)),
    ];
  });
}

function optionLines(verb: string, options: OptionTable): string[] {
  const all = Object.entries(options);
  return [
    line(
      'options',
      verb,
      all.map(([name]) => `--${name}`),
    ),
    ...all
      .filter(([, { type, implied }]) => type !== 'flag' && implied === undefined)
      .flatMap(([name, spec]) =>
        [`--${name}`, ...(spec.short === undefined ? [] : [`-${spec.short}`])].map((option) =>
          line('values', `${verb} ${option}`, valuesOf(spec)),
        ),
      ),
  ];
}

function valuesOf({ choices, value = '' }: OptionSpec): readonly string[] {
  return choices ?? offersFor(value);
}

function wordLines(verb: string, words: string, repeats: boolean): string[] {
  const { at, rest } = wordPlaces(words, repeats);
  const lines = [...at].map(([place, offers]) => line('words', `${verb} ${place}`, offers));
  return rest.length > 0 ? [...lines, line('words', `${verb} +`, rest)] : lines;
}

function line(table: Table, key: string, values: readonly string[]): string {
  return `_plumpos_${table}['${key}']='${values.join(' ')}'`;
}
