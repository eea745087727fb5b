/*
 * Every word of our components, from the custom labels of the package: the platform gives each in the user's language.
 * `text.Findings_None`; `fill(text.Trend_Summary, from, to)` puts values in place of {0}, {1}.
 */
import Balance_At_Stake from '@salesforce/label/c.EQ_Balance_At_Stake';
import Balance_Computed from '@salesforce/label/c.EQ_Balance_Computed';
import Balance_Coverage from '@salesforce/label/c.EQ_Balance_Coverage';
import Balance_Group from '@salesforce/label/c.EQ_Balance_Group';
import Balance_Index from '@salesforce/label/c.EQ_Balance_Index';
import Balance_Index_Hidden from '@salesforce/label/c.EQ_Balance_Index_Hidden';
import Balance_Index_Of from '@salesforce/label/c.EQ_Balance_Index_Of';
import Balance_Level from '@salesforce/label/c.EQ_Balance_Level';
import Balance_Next_Step from '@salesforce/label/c.EQ_Balance_Next_Step';
import Balance_Next_Step_None from '@salesforce/label/c.EQ_Balance_Next_Step_None';
import Balance_No_Access from '@salesforce/label/c.EQ_Balance_No_Access';
import Balance_Nothing_Yet from '@salesforce/label/c.EQ_Balance_Nothing_Yet';
import Balance_Share from '@salesforce/label/c.EQ_Balance_Share';
import Balance_Stage from '@salesforce/label/c.EQ_Balance_Stage';
import Balance_Stage_None from '@salesforce/label/c.EQ_Balance_Stage_None';
import Balance_Stage_Proposed from '@salesforce/label/c.EQ_Balance_Stage_Proposed';
import Balance_Title from '@salesforce/label/c.EQ_Balance_Title';
import Balance_Unavailable from '@salesforce/label/c.EQ_Balance_Unavailable';
import Balance_Whole_Group from '@salesforce/label/c.EQ_Balance_Whole_Group';
import Checklist_Count from '@salesforce/label/c.EQ_Checklist_Count';
import Checklist_Missing from '@salesforce/label/c.EQ_Checklist_Missing';
import Checklist_Note from '@salesforce/label/c.EQ_Checklist_Note';
import Checklist_Ok from '@salesforce/label/c.EQ_Checklist_Ok';
import Checklist_Override from '@salesforce/label/c.EQ_Checklist_Override';
import Checklist_Title from '@salesforce/label/c.EQ_Checklist_Title';
import Entries_Agreement from '@salesforce/label/c.EQ_Entries_Agreement';
import Entries_Cancel from '@salesforce/label/c.EQ_Entries_Cancel';
import Entries_Consultations from '@salesforce/label/c.EQ_Entries_Consultations';
import Entries_Edit from '@salesforce/label/c.EQ_Entries_Edit';
import Entries_Muting from '@salesforce/label/c.EQ_Entries_Muting';
import Entries_None from '@salesforce/label/c.EQ_Entries_None';
import Entries_Not_Saved from '@salesforce/label/c.EQ_Entries_Not_Saved';
import Entries_Note from '@salesforce/label/c.EQ_Entries_Note';
import Entries_Nothing from '@salesforce/label/c.EQ_Entries_Nothing';
import Entries_Save from '@salesforce/label/c.EQ_Entries_Save';
import Entries_Saved from '@salesforce/label/c.EQ_Entries_Saved';
import Entries_Stage from '@salesforce/label/c.EQ_Entries_Stage';
import Entries_Team from '@salesforce/label/c.EQ_Entries_Team';
import Entries_Title from '@salesforce/label/c.EQ_Entries_Title';
import Findings_Clears from '@salesforce/label/c.EQ_Findings_Clears';
import Findings_Fewer from '@salesforce/label/c.EQ_Findings_Fewer';
import Findings_More from '@salesforce/label/c.EQ_Findings_More';
import Findings_No_Reason from '@salesforce/label/c.EQ_Findings_No_Reason';
import Findings_None from '@salesforce/label/c.EQ_Findings_None';
import Findings_Shown from '@salesforce/label/c.EQ_Findings_Shown';
import Findings_Since from '@salesforce/label/c.EQ_Findings_Since';
import Findings_Title from '@salesforce/label/c.EQ_Findings_Title';
import Findings_Unknown_Rule from '@salesforce/label/c.EQ_Findings_Unknown_Rule';
import Gate_G1 from '@salesforce/label/c.EQ_Gate_G1';
import Gate_G1_Hint from '@salesforce/label/c.EQ_Gate_G1_Hint';
import Gate_G2 from '@salesforce/label/c.EQ_Gate_G2';
import Gate_G2_Hint from '@salesforce/label/c.EQ_Gate_G2_Hint';
import Gate_G3 from '@salesforce/label/c.EQ_Gate_G3';
import Gate_G3_Hint from '@salesforce/label/c.EQ_Gate_G3_Hint';
import Gate_G4 from '@salesforce/label/c.EQ_Gate_G4';
import Gate_G4_Hint from '@salesforce/label/c.EQ_Gate_G4_Hint';
import Gate_G5 from '@salesforce/label/c.EQ_Gate_G5';
import Gate_G5_Hint from '@salesforce/label/c.EQ_Gate_G5_Hint';
import Gate_G6 from '@salesforce/label/c.EQ_Gate_G6';
import Gate_G6_Hint from '@salesforce/label/c.EQ_Gate_G6_Hint';
import Gate_G7 from '@salesforce/label/c.EQ_Gate_G7';
import Gate_G7_Hint from '@salesforce/label/c.EQ_Gate_G7_Hint';
import Less_Than from '@salesforce/label/c.EQ_Less_Than';
import Level_alert from '@salesforce/label/c.EQ_Level_alert';
import Level_critical from '@salesforce/label/c.EQ_Level_critical';
import Level_info from '@salesforce/label/c.EQ_Level_info';
import Level_none from '@salesforce/label/c.EQ_Level_none';
import Level_unknown from '@salesforce/label/c.EQ_Level_unknown';
import Level_watch from '@salesforce/label/c.EQ_Level_watch';
import Loading from '@salesforce/label/c.EQ_Loading';
import Not_Known from '@salesforce/label/c.EQ_Not_Known';
import Portfolio_Account from '@salesforce/label/c.EQ_Portfolio_Account';
import Portfolio_At_Most from '@salesforce/label/c.EQ_Portfolio_At_Most';
import Portfolio_Effective from '@salesforce/label/c.EQ_Portfolio_Effective';
import Portfolio_Effective_Note from '@salesforce/label/c.EQ_Portfolio_Effective_Note';
import Portfolio_Effective_Partial from '@salesforce/label/c.EQ_Portfolio_Effective_Partial';
import Portfolio_Empty from '@salesforce/label/c.EQ_Portfolio_Empty';
import Portfolio_Flagged from '@salesforce/label/c.EQ_Portfolio_Flagged';
import Portfolio_Flagged_Note from '@salesforce/label/c.EQ_Portfolio_Flagged_Note';
import Portfolio_From from '@salesforce/label/c.EQ_Portfolio_From';
import Portfolio_Next from '@salesforce/label/c.EQ_Portfolio_Next';
import Portfolio_No_Access from '@salesforce/label/c.EQ_Portfolio_No_Access';
import Portfolio_None from '@salesforce/label/c.EQ_Portfolio_None';
import Portfolio_Others from '@salesforce/label/c.EQ_Portfolio_Others';
import Portfolio_Owner from '@salesforce/label/c.EQ_Portfolio_Owner';
import Portfolio_Page from '@salesforce/label/c.EQ_Portfolio_Page';
import Portfolio_Page_Changed from '@salesforce/label/c.EQ_Portfolio_Page_Changed';
import Portfolio_Partial from '@salesforce/label/c.EQ_Portfolio_Partial';
import Portfolio_Previous from '@salesforce/label/c.EQ_Portfolio_Previous';
import Portfolio_Subsidiaries from '@salesforce/label/c.EQ_Portfolio_Subsidiaries';
import Portfolio_Title from '@salesforce/label/c.EQ_Portfolio_Title';
import Portfolio_Top1 from '@salesforce/label/c.EQ_Portfolio_Top1';
import Portfolio_Top5 from '@salesforce/label/c.EQ_Portfolio_Top5';
import Portfolio_Visible from '@salesforce/label/c.EQ_Portfolio_Visible';
import Portfolio_Weights from '@salesforce/label/c.EQ_Portfolio_Weights';
import Portfolio_Weights_Note from '@salesforce/label/c.EQ_Portfolio_Weights_Note';
import Restricted_Note from '@salesforce/label/c.EQ_Restricted_Note';
import Restricted_Title from '@salesforce/label/c.EQ_Restricted_Title';
import Stage_after_care from '@salesforce/label/c.EQ_Stage_after_care';
import Stage_balanced from '@salesforce/label/c.EQ_Stage_balanced';
import Stage_decision from '@salesforce/label/c.EQ_Stage_decision';
import Stage_ended from '@salesforce/label/c.EQ_Stage_ended';
import Stage_exit_notice from '@salesforce/label/c.EQ_Stage_exit_notice';
import Stage_last_round from '@salesforce/label/c.EQ_Stage_last_round';
import Stage_repair from '@salesforce/label/c.EQ_Stage_repair';
import Stage_watch from '@salesforce/label/c.EQ_Stage_watch';
import Tasks_Due from '@salesforce/label/c.EQ_Tasks_Due';
import Tasks_High from '@salesforce/label/c.EQ_Tasks_High';
import Tasks_More from '@salesforce/label/c.EQ_Tasks_More';
import Tasks_No_Date from '@salesforce/label/c.EQ_Tasks_No_Date';
import Tasks_None from '@salesforce/label/c.EQ_Tasks_None';
import Tasks_Overdue from '@salesforce/label/c.EQ_Tasks_Overdue';
import Tasks_Title from '@salesforce/label/c.EQ_Tasks_Title';
import Tasks_Unavailable from '@salesforce/label/c.EQ_Tasks_Unavailable';
import Trend_Hidden from '@salesforce/label/c.EQ_Trend_Hidden';
import Trend_Month from '@salesforce/label/c.EQ_Trend_Month';
import Trend_None from '@salesforce/label/c.EQ_Trend_None';
import Trend_Summary from '@salesforce/label/c.EQ_Trend_Summary';
import Trend_Summary_Empty from '@salesforce/label/c.EQ_Trend_Summary_Empty';
import Trend_Summary_One from '@salesforce/label/c.EQ_Trend_Summary_One';
import Trend_Table from '@salesforce/label/c.EQ_Trend_Table';
import Trend_Title from '@salesforce/label/c.EQ_Trend_Title';

export const text = Object.freeze({
    Balance_At_Stake,
    Balance_Computed,
    Balance_Coverage,
    Balance_Group,
    Balance_Index,
    Balance_Index_Hidden,
    Balance_Index_Of,
    Balance_Level,
    Balance_Next_Step,
    Balance_Next_Step_None,
    Balance_No_Access,
    Balance_Nothing_Yet,
    Balance_Share,
    Balance_Stage,
    Balance_Stage_None,
    Balance_Stage_Proposed,
    Balance_Title,
    Balance_Unavailable,
    Balance_Whole_Group,
    Checklist_Count,
    Checklist_Missing,
    Checklist_Note,
    Checklist_Ok,
    Checklist_Override,
    Checklist_Title,
    Entries_Agreement,
    Entries_Cancel,
    Entries_Consultations,
    Entries_Edit,
    Entries_Muting,
    Entries_None,
    Entries_Not_Saved,
    Entries_Note,
    Entries_Nothing,
    Entries_Save,
    Entries_Saved,
    Entries_Stage,
    Entries_Team,
    Entries_Title,
    Findings_Clears,
    Findings_Fewer,
    Findings_More,
    Findings_No_Reason,
    Findings_None,
    Findings_Shown,
    Findings_Since,
    Findings_Title,
    Findings_Unknown_Rule,
    Gate_G1,
    Gate_G1_Hint,
    Gate_G2,
    Gate_G2_Hint,
    Gate_G3,
    Gate_G3_Hint,
    Gate_G4,
    Gate_G4_Hint,
    Gate_G5,
    Gate_G5_Hint,
    Gate_G6,
    Gate_G6_Hint,
    Gate_G7,
    Gate_G7_Hint,
    Less_Than,
    Level_alert,
    Level_critical,
    Level_info,
    Level_none,
    Level_unknown,
    Level_watch,
    Loading,
    Not_Known,
    Portfolio_Account,
    Portfolio_At_Most,
    Portfolio_Effective,
    Portfolio_Effective_Note,
    Portfolio_Effective_Partial,
    Portfolio_Empty,
    Portfolio_Flagged,
    Portfolio_Flagged_Note,
    Portfolio_From,
    Portfolio_Next,
    Portfolio_No_Access,
    Portfolio_None,
    Portfolio_Others,
    Portfolio_Owner,
    Portfolio_Page,
    Portfolio_Page_Changed,
    Portfolio_Partial,
    Portfolio_Previous,
    Portfolio_Subsidiaries,
    Portfolio_Title,
    Portfolio_Top1,
    Portfolio_Top5,
    Portfolio_Visible,
    Portfolio_Weights,
    Portfolio_Weights_Note,
    Restricted_Note,
    Restricted_Title,
    Stage_after_care,
    Stage_balanced,
    Stage_decision,
    Stage_ended,
    Stage_exit_notice,
    Stage_last_round,
    Stage_repair,
    Stage_watch,
    Tasks_Due,
    Tasks_High,
    Tasks_More,
    Tasks_No_Date,
    Tasks_None,
    Tasks_Overdue,
    Tasks_Title,
    Tasks_Unavailable,
    Trend_Hidden,
    Trend_Month,
    Trend_None,
    Trend_Summary,
    Trend_Summary_Empty,
    Trend_Summary_One,
    Trend_Table,
    Trend_Title,
});

/** A template with its values put in; a missing value leaves nothing behind. */
export function fill(template, ...values) {
    return String(template ?? '').replace(/\{(\d)\}/g, (_whole, number) => String(values[Number(number)] ?? ''));
}
