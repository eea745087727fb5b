/** The points G1 to G7 that must hold before a person may decide an ending: what is done, and what to do for the rest. */

import { Flex, Heading, StatusTag, Text } from '@hubspot/ui-extensions';
import type { ReactNode } from 'react';
import type { Gate, GateState } from './model';
import type { Words } from './words';

const COLOUR: Readonly<Record<GateState, 'success' | 'warning' | 'info'>> = { ok: 'success', missing: 'warning', override: 'info' };

interface Shown {
  readonly gates: readonly Gate[] | null;
  readonly words: Words;
}

export function Checklist({ gates, words }: Shown): ReactNode {
  return (
    <Flex direction="column" gap="small">
      <Heading>{words.checklist.title}</Heading>
      <Text>{summary(gates, words)}</Text>
      {(gates ?? []).map((gate) => (
        <Flex direction="column" gap="extra-small" key={gate.id}>
          <Flex direction="row" gap="small" align="center">
            <StatusTag variant={COLOUR[gate.state]}>{words.checklist.state[gate.state]}</StatusTag>
            <Text format={{ fontWeight: 'demibold' }}>{`${gate.id} ${words.checklist.gate[gate.id].name}`}</Text>
          </Flex>
          {gate.state === 'ok' ? null : <Text>{gate.state === 'missing' ? words.checklist.gate[gate.id].todo : words.checklist.override}</Text>}
        </Flex>
      ))}
    </Flex>
  );
}

function summary(gates: readonly Gate[] | null, words: Words): string {
  if (gates === null) return words.checklist.none;
  const missing = gates.filter((gate) => gate.state === 'missing').length;
  return missing === 0 ? words.checklist.complete : words.checklist.missing(missing);
}
