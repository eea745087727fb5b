/** The properties that people fill in, edited in place by HubSpot's own component, which knows who may change what. */

import { Accordion, Flex, Heading, Text } from '@hubspot/ui-extensions';
import { CrmPropertyList } from '@hubspot/ui-extensions/crm';
import type { ReactNode } from 'react';
import type { Words } from './words';

export const TYPED = {
  relation: [
    'eq_stage',
    'eq_limits_set',
    'eq_agreement_date',
    'eq_review_date',
    'eq_commitments_kept',
    'eq_privileges',
    'eq_non_money_reasons',
  ],
  decision: [
    'eq_consult_team',
    'eq_consult_accountant',
    'eq_consult_adviser',
    'eq_exit_reason',
    'eq_notice_start',
    'eq_notice_end',
    'eq_leave_cause',
  ],
  team: ['eq_manager_position', 'eq_pulse_mean', 'eq_pulse_n'],
  silence: ['eq_dismissed_rules', 'eq_dismissed_until', 'eq_dismiss_reason'],
} as const;

const GROUPS = ['relation', 'decision', 'team', 'silence'] as const;

export function People({ words }: { readonly words: Words }): ReactNode {
  return (
    <Flex direction="column" gap="small">
      <Heading>{words.people.title}</Heading>
      <Text variant="microcopy">{words.people.text}</Text>
      {GROUPS.map((group) => (
        <Accordion title={words.people[group]} size="sm" key={group} defaultOpen={group === 'relation'}>
          <CrmPropertyList properties={[...TYPED[group]]} direction="row" />
        </Accordion>
      ))}
    </Flex>
  );
}
