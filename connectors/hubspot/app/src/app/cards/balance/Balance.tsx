/** The tab of a company record: everything that Équilibre wrote about it, and the properties that people fill in. */

import { Button, Divider, EmptyState, Alert, Flex, LoadingSpinner, Text } from '@hubspot/ui-extensions';
import { useCrmProperties } from '@hubspot/ui-extensions/crm';
import type { ReactNode } from 'react';
import { Checklist } from './Checklist';
import { Findings } from './Findings';
import { Head } from './Head';
import { NextStep } from './NextStep';
import { People } from './People';
import { Tasks } from './Tasks';
import { Trend } from './Trend';
import { PROPERTIES } from './model';
import type { Balance as Facts } from './model';
import { read } from './read';
import { words } from './words';
import type { Language, Words } from './words';

export function Balance({ language }: { readonly language: Language }): ReactNode {
  const said = words(language);
  return (
    <Reading words={said}>
      {(facts) => (
        <Flex direction="column" gap="medium">
          <Head facts={facts} words={said} />
          <NextStep facts={facts} words={said} />
          <Divider />
          <Findings facts={facts} language={language} words={said} />
          <Divider />
          <Trend months={facts.trend} words={said} />
          <Divider />
          <Tasks words={said} />
          <Divider />
          <Checklist gates={facts.checklist} words={said} />
          <Divider />
          <People words={said} />
          <Footnote facts={facts} words={said} />
        </Flex>
      )}
    </Reading>
  );
}

/** Read the properties, and say calmly what stands in the way where they cannot be shown. */
export function Reading({ words: said, children }: { readonly words: Words; readonly children: (facts: Facts) => ReactNode }): ReactNode {
  const { properties, isLoading, error, refetch } = useCrmProperties([...PROPERTIES]);
  if (isLoading) return <LoadingSpinner label={said.loading} showLabel />;
  if (error !== null) {
    return (
      <Alert title={said.failed.title} variant="warning">
        <Text>{said.failed.text}</Text>
        <Button
          variant="secondary"
          size="small"
          onClick={() => {
            void refetch();
          }}
        >
          {said.failed.again}
        </Button>
      </Alert>
    );
  }
  const facts = read(properties);
  if (facts.state === 'full') return children(facts);
  const why = facts.state === 'hidden' ? said.hidden : said.empty;
  return (
    <EmptyState title={why.title} layout="vertical" imageName={facts.state === 'hidden' ? 'lock' : 'emptyStateCharts'}>
      <Text>{why.text}</Text>
    </EmptyState>
  );
}

function Footnote({ facts, words: said }: { readonly facts: Facts; readonly words: Words }): ReactNode {
  return facts.hidden.length === 0 ? null : <Text variant="microcopy">{said.hidden.some(facts.hidden.join(', '))}</Text>;
}
