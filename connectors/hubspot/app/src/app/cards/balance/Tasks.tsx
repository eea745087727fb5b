/** The open tasks that Équilibre made for this company: HubSpot's own table, filtered by our key; it obeys the reader's permissions. */

import { Flex, Heading, Text } from '@hubspot/ui-extensions';
import { CrmAssociationTable } from '@hubspot/ui-extensions/crm';
import type { ReactNode } from 'react';
import type { Words } from './words';

const TASK = '0-27';

export function Tasks({ words }: { readonly words: Words }): ReactNode {
  return (
    <Flex direction="column" gap="small">
      <Heading>{words.tasks.title}</Heading>
      <CrmAssociationTable
        objectTypeId={TASK}
        propertyColumns={['hs_task_subject', 'hs_timestamp', 'hs_task_priority', 'hs_task_status']}
        preFilters={[
          { property: 'equilibre_key', operator: 'HAS_PROPERTY' },
          { property: 'hs_task_status', operator: 'NEQ', value: 'COMPLETED' },
        ]}
        sort={[{ columnName: 'hs_timestamp', direction: 1 }]}
        searchable={false}
        associationLabelFilter={false}
        pagination
        pageSize={5}
      />
      <Text variant="microcopy">{words.tasks.text}</Text>
    </Flex>
  );
}
