import { Flex, Heading, Text } from '@hubspot/ui-extensions';
import type { ReactNode } from 'react';
import type { Balance } from './model';
import type { Words } from './words';

export function NextStep({ facts, words }: { readonly facts: Balance; readonly words: Words }): ReactNode {
  return (
    <Flex direction="column" gap="extra-small">
      <Heading>{words.next.title}</Heading>
      <Text>{facts.nextStep ?? words.next.none}</Text>
    </Flex>
  );
}
