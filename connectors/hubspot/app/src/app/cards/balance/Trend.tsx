/** Twelve months of the index as a line, always with the same as sentences and, opened, as a table. */

import { Accordion, Flex, Heading, LineChart, Table, TableBody, TableCell, TableHead, TableHeader, TableRow, Text } from '@hubspot/ui-extensions';
import type { ReactNode } from 'react';
import type { Month } from './model';
import { figure, levelName, month, trendSentence } from './say';
import type { Words } from './words';

interface Shown {
  readonly months: readonly Month[];
  readonly words: Words;
}

export function Trend({ months, words }: Shown): ReactNode {
  const points = months.flatMap((each) => (each.index === null ? [] : [{ month: month(each.month, words, 'short'), index: each.index }]));
  return (
    <Flex direction="column" gap="small">
      <Heading>{words.trend.title}</Heading>
      <Text>{months.length === 0 ? words.trend.none : trendSentence(months, words)}</Text>
      {points.length > 1 ? (
        <LineChart
          data={points}
          axes={{
            x: { field: 'month', fieldType: 'category', label: words.trend.month },
            y: { field: 'index', fieldType: 'linear', label: words.trend.index },
          }}
          options={{ showLegend: false, showDataLabels: true, showTooltips: true }}
        />
      ) : null}
      {months.length > 0 ? (
        <Accordion title={words.trend.months} size="sm">
          <Months months={months} words={words} />
        </Accordion>
      ) : null}
    </Flex>
  );
}

function Months({ months, words }: Shown): ReactNode {
  return (
    <Table bordered={false}>
      <TableHead>
        <TableRow>
          <TableHeader>{words.trend.month}</TableHeader>
          <TableHeader>{words.trend.index}</TableHeader>
          <TableHeader>{words.trend.level}</TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {months.map((each) => (
          <TableRow key={each.month}>
            <TableCell>{month(each.month, words)}</TableCell>
            <TableCell>{each.index === null ? words.trend.hidden : figure(each.index, words)}</TableCell>
            <TableCell>{levelName(each.level, words)}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
