/** The findings, heaviest first: level, title, since when, then the sentences of the explanation. A few at a time. */

import { Button, Flex, Heading, Text } from '@hubspot/ui-extensions';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { LevelTag } from './Head';
import type { Balance, Finding } from './model';
import { day, title } from './say';
import type { Language, Words } from './words';

const FIRST = 6;
const STEP = 20;

interface Shown {
  readonly facts: Balance;
  readonly language: Language;
  readonly words: Words;
}

export function Findings({ facts, language, words }: Shown): ReactNode {
  const [shown, show] = useState(FIRST);
  const left = facts.findings.length - shown;
  return (
    <Flex direction="column" gap="medium">
      <Heading>{words.findings.title}</Heading>
      <Text variant="microcopy">{facts.findings.length === 0 ? words.findings.none : words.findings.count(facts.findings.length)}</Text>
      {facts.findings.slice(0, shown).map((finding, place) => (
        <Flex direction="column" gap="extra-small" key={`${finding.code ?? ''}-${place}`}>
          <FindingLine finding={finding} language={language} words={words} />
          {finding.lines.map((line, at) => (
            <Text key={at}>{line}</Text>
          ))}
          {finding.lines.length === 0 ? <Text variant="microcopy">{words.findings.unexplained}</Text> : null}
        </Flex>
      ))}
      {left > 0 ? (
        <Button
          variant="secondary"
          size="small"
          onClick={() => {
            show(shown + STEP);
          }}
        >
          {words.findings.more(Math.min(left, STEP))}
        </Button>
      ) : null}
      {facts.unread > 0 ? <Text variant="microcopy">{words.findings.unread(facts.unread)}</Text> : null}
    </Flex>
  );
}

export function FindingLine({ finding, language, words }: { readonly finding: Finding; readonly language: Language; readonly words: Words }): ReactNode {
  return (
    <Flex direction="row" gap="small" align="center" wrap="wrap">
      <LevelTag level={finding.level} words={words} />
      <Text format={{ fontWeight: 'demibold' }}>{title(finding, language, words)}</Text>
      {finding.since === null ? null : <Text variant="microcopy">{words.findings.since(day(finding.since, words))}</Text>}
    </Flex>
  );
}
