/** The sidebar of a company record: where it stands, the heaviest findings, the next step. The sidebar has no room for HubSpot's tables. */

import { Flex, Heading, Text } from '@hubspot/ui-extensions';
import type { ReactNode } from 'react';
import { Reading } from './Balance';
import { FindingLine } from './Findings';
import { Standing } from './Head';
import { NextStep } from './NextStep';
import { words } from './words';
import type { Language } from './words';

const HEAVIEST = 3;

export function Summary({ language }: { readonly language: Language }): ReactNode {
  const said = words(language);
  return (
    <Reading words={said}>
      {(facts) => (
        <Flex direction="column" gap="small">
          <Standing facts={facts} words={said} />
          <Heading>{facts.findings.length === 0 ? said.findings.none : said.findings.count(facts.findings.length)}</Heading>
          {facts.findings.slice(0, HEAVIEST).map((finding, place) => (
            <FindingLine finding={finding} language={language} words={said} key={place} />
          ))}
          <NextStep facts={facts} words={said} />
          {facts.findings.length === 0 ? null : <Text variant="microcopy">{said.findings.inTab}</Text>}
        </Flex>
      )}
    </Reading>
  );
}
