/** The line chart of the preview: one series, its values written on it. HubSpot draws its own from the same data. */

import type { ReactNode } from 'react';

interface Props {
  readonly data: readonly Readonly<Record<string, string | number>>[];
  readonly axes: { readonly x: { readonly field: string; readonly label?: string }; readonly y: { readonly field: string; readonly label?: string } };
}

const WIDE = 640;
const HIGH = 170;
const EDGE = { left: 60, right: 30, top: 22, bottom: 26 };

export function LineChart({ data, axes }: Props): ReactNode {
  const values = data.map((row) => Number(row[axes.y.field]));
  const top = Math.max(10, Math.ceil(Math.max(...values) / 10) * 10);
  const x = (place: number): number => EDGE.left + (place * (WIDE - EDGE.left - EDGE.right)) / Math.max(1, data.length - 1);
  const y = (value: number): number => HIGH - EDGE.bottom - (value * (HIGH - EDGE.top - EDGE.bottom)) / top;
  return (
    <svg viewBox={`0 0 ${WIDE} ${HIGH}`} role="img" aria-label={`${axes.y.label ?? ''}, ${axes.x.label ?? ''}`} className="chart">
      {[0, top / 2, top].map((line) => (
        <g key={line}>
          <line x1={EDGE.left - 26} x2={WIDE} y1={y(line)} y2={y(line)} className="grid" />
          <text x={EDGE.left - 32} y={y(line) + 4} textAnchor="end">
            {line}
          </text>
        </g>
      ))}
      <polyline points={values.map((value, place) => `${x(place)},${y(value)}`).join(' ')} className="line" />
      {values.map((value, place) => (
        <g key={place}>
          <circle cx={x(place)} cy={y(value)} r={3.2} className="point" />
          <text x={x(place)} y={y(value) - 8} textAnchor="middle" className="value">
            {value}
          </text>
          <text x={x(place)} y={HIGH - 8} textAnchor="middle">
            {data[place]?.[axes.x.field]}
          </text>
        </g>
      ))}
    </svg>
  );
}
