/** Level, stage and proposed stage, index with its coverage, share and revenue of twelve months. */

import { Flex, Statistics, StatisticsItem, StatusTag, Text } from '@hubspot/ui-extensions';
import type { ReactNode } from 'react';
import type { Balance, Level } from './model';
import { figure, levelName, moment, part, tone } from './say';
import type { Words } from './words';

interface Shown {
  readonly facts: Balance;
  readonly words: Words;
}

export function Head({ facts, words }: Shown): ReactNode {
  return (
    <Flex direction="column" gap="small">
      <Standing facts={facts} words={words} />
      <Statistics>
        <StatisticsItem
          label={words.head.index}
          number={facts.index === null ? words.head.noIndex : words.head.indexOf(figure(facts.index, words))}
        />
        <StatisticsItem label={words.head.share} number={facts.share === null ? words.unknown : part(facts.share, words, 1)} />
        {facts.atStake === null ? null : <StatisticsItem label={words.head.atStake} number={figure(facts.atStake, words)} />}
      </Statistics>
      <Text variant="microcopy">{small(facts, words)}</Text>
    </Flex>
  );
}

/** The first line, which both cards share. */
export function Standing({ facts, words }: Shown): ReactNode {
  const { stage, proposed } = facts;
  return (
    <Flex direction="column" gap="extra-small">
      <Flex direction="row" gap="medium" align="center" wrap="wrap">
        <Flex direction="row" gap="small" align="center">
          <Text format={{ fontWeight: 'demibold' }}>{words.head.level}</Text>
          <LevelTag level={facts.level} words={words} />
        </Flex>
        <Flex direction="row" gap="small" align="center">
          <Text format={{ fontWeight: 'demibold' }}>{words.head.stage}</Text>
          <Text>{stage === null ? words.unknown : words.stage[stage]}</Text>
        </Flex>
      </Flex>
      {proposed === null ? null : <Text>{proposed === stage ? words.head.same : words.head.proposed(words.stage[proposed])}</Text>}
    </Flex>
  );
}

export function LevelTag({ level, words }: { readonly level: Level | null; readonly words: Words }): ReactNode {
  return <StatusTag variant={tone(level)}>{levelName(level, words)}</StatusTag>;
}

function small(facts: Balance, words: Words): string {
  return [
    facts.coverage === null ? '' : words.head.coverage(part(facts.coverage, words)),
    words.head.reading,
    facts.computedAt === null ? '' : words.head.changed(moment(facts.computedAt, words)),
  ]
    .filter(Boolean)
    .join(' ');
}
