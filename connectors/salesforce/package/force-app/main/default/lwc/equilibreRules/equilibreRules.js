/*
 * The names of the rules by their ids, in the user's language. A rule of a newer sync than this package has no name here.
 */
import Rule_BEH_01 from '@salesforce/label/c.EQ_Rule_BEH_01';
import Rule_BEH_02 from '@salesforce/label/c.EQ_Rule_BEH_02';
import Rule_BEH_03 from '@salesforce/label/c.EQ_Rule_BEH_03';
import Rule_BEH_04 from '@salesforce/label/c.EQ_Rule_BEH_04';
import Rule_BEH_05 from '@salesforce/label/c.EQ_Rule_BEH_05';
import Rule_CON_01 from '@salesforce/label/c.EQ_Rule_CON_01';
import Rule_CON_02 from '@salesforce/label/c.EQ_Rule_CON_02';
import Rule_CON_03 from '@salesforce/label/c.EQ_Rule_CON_03';
import Rule_CTS_01 from '@salesforce/label/c.EQ_Rule_CTS_01';
import Rule_CTS_02 from '@salesforce/label/c.EQ_Rule_CTS_02';
import Rule_DEP_01 from '@salesforce/label/c.EQ_Rule_DEP_01';
import Rule_DEP_02 from '@salesforce/label/c.EQ_Rule_DEP_02';
import Rule_DEP_03 from '@salesforce/label/c.EQ_Rule_DEP_03';
import Rule_DEP_04 from '@salesforce/label/c.EQ_Rule_DEP_04';
import Rule_DEP_05 from '@salesforce/label/c.EQ_Rule_DEP_05';
import Rule_DEP_06 from '@salesforce/label/c.EQ_Rule_DEP_06';
import Rule_FIX_01 from '@salesforce/label/c.EQ_Rule_FIX_01';
import Rule_GOV_01 from '@salesforce/label/c.EQ_Rule_GOV_01';
import Rule_GOV_02 from '@salesforce/label/c.EQ_Rule_GOV_02';
import Rule_GOV_03 from '@salesforce/label/c.EQ_Rule_GOV_03';
import Rule_OPS_01 from '@salesforce/label/c.EQ_Rule_OPS_01';
import Rule_OPS_02 from '@salesforce/label/c.EQ_Rule_OPS_02';
import Rule_OPS_03 from '@salesforce/label/c.EQ_Rule_OPS_03';
import Rule_OPS_04 from '@salesforce/label/c.EQ_Rule_OPS_04';
import Rule_OPS_05 from '@salesforce/label/c.EQ_Rule_OPS_05';
import Rule_PAY_01 from '@salesforce/label/c.EQ_Rule_PAY_01';
import Rule_PAY_02 from '@salesforce/label/c.EQ_Rule_PAY_02';
import Rule_PAY_03 from '@salesforce/label/c.EQ_Rule_PAY_03';
import Rule_TEAM_01 from '@salesforce/label/c.EQ_Rule_TEAM_01';
import Rule_VOL_01 from '@salesforce/label/c.EQ_Rule_VOL_01';

const NAMES = Object.freeze({
    'BEH-01': Rule_BEH_01,
    'BEH-02': Rule_BEH_02,
    'BEH-03': Rule_BEH_03,
    'BEH-04': Rule_BEH_04,
    'BEH-05': Rule_BEH_05,
    'CON-01': Rule_CON_01,
    'CON-02': Rule_CON_02,
    'CON-03': Rule_CON_03,
    'CTS-01': Rule_CTS_01,
    'CTS-02': Rule_CTS_02,
    'DEP-01': Rule_DEP_01,
    'DEP-02': Rule_DEP_02,
    'DEP-03': Rule_DEP_03,
    'DEP-04': Rule_DEP_04,
    'DEP-05': Rule_DEP_05,
    'DEP-06': Rule_DEP_06,
    'FIX-01': Rule_FIX_01,
    'GOV-01': Rule_GOV_01,
    'GOV-02': Rule_GOV_02,
    'GOV-03': Rule_GOV_03,
    'OPS-01': Rule_OPS_01,
    'OPS-02': Rule_OPS_02,
    'OPS-03': Rule_OPS_03,
    'OPS-04': Rule_OPS_04,
    'OPS-05': Rule_OPS_05,
    'PAY-01': Rule_PAY_01,
    'PAY-02': Rule_PAY_02,
    'PAY-03': Rule_PAY_03,
    'TEAM-01': Rule_TEAM_01,
    'VOL-01': Rule_VOL_01,
});

/** The name of a rule, or null when this package does not know it. */
export function ruleName(id) {
    return Object.hasOwn(NAMES, id) ? NAMES[id] : null;
}
