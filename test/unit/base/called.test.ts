import test from 'ava';
import { pasteable } from '#runtime/base/called.ts';

const TEXT = "next: plumpos lab exec n1 -- plumpos nodes; ./plumpos build; 'sudo plumpos join'; a defect of plumpos";

test('a printed command line can be pasted where it was printed', (t) => {
  t.is(pasteable(TEXT, {}), TEXT);
  t.is(
    pasteable(TEXT, { PLUMPOS_CALLED: './plumpos', PATH: '/bin' }),
    "next: ./plumpos lab exec n1 -- plumpos nodes; ./plumpos build; 'sudo ./plumpos join'; a defect of plumpos",
  );
  t.is(
    pasteable('plumpos boot', { PLUMPOS_CALLED: '../my trees/plumpos', PATH: '/bin' }),
    "'../my trees/plumpos' boot",
  );
  t.is(pasteable('./plumpos boot', { PLUMPOS_CALLED: '/usr/bin/plumpos', PATH: '/bin:/usr/bin' }), 'plumpos boot');
  t.is(pasteable('/opt/plumpos boot', { PLUMPOS_CALLED: './plumpos', PATH: '/bin' }), '/opt/plumpos boot');
});
