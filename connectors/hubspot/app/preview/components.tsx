/**
 * A preview, not HubSpot: the components that the cards use, as plain HTML, so that the cards can be looked at and checked for
 * accessibility without an account. HubSpot draws its own; spacing and colours differ there, texts and order do not.
 */

import { createContext, useContext, useId, useState } from 'react';
import type { ReactNode } from 'react';

interface Parent {
  readonly children?: ReactNode;
}

const GAPS: Readonly<Record<string, number>> = { flush: 0, 'extra-small': 4, small: 10, medium: 18, large: 28 };

export function Flex(props: Parent & { direction?: 'row' | 'column'; gap?: string; align?: string; wrap?: string | boolean }): ReactNode {
  const style = { gap: GAPS[props.gap ?? 'flush'], alignItems: props.align, flexWrap: props.wrap ? ('wrap' as const) : ('nowrap' as const) };
  return (
    <div className={`flex ${props.direction ?? 'row'}`} style={style}>
      {props.children}
    </div>
  );
}

export function Text(props: Parent & { variant?: string; format?: { fontWeight?: string } }): ReactNode {
  return (
    <p className={props.variant === 'microcopy' ? 'micro' : ''} dir="auto" style={{ fontWeight: props.format?.fontWeight === 'demibold' ? 600 : 400 }}>
      {props.children}
    </p>
  );
}

export function Heading({ children }: Parent): ReactNode {
  return <h2>{children}</h2>;
}

export function Divider(): ReactNode {
  return <hr />;
}

export function StatusTag({ variant, children }: Parent & { variant?: string }): ReactNode {
  return (
    <span className={`tag ${variant ?? 'default'}`}>
      <span className="dot" aria-hidden="true" />
      {children}
    </span>
  );
}

export function Button({ onClick, children }: Parent & { onClick?: () => void }): ReactNode {
  return (
    <button type="button" onClick={onClick}>
      {children}
    </button>
  );
}

export function Alert({ title, children }: Parent & { title: string }): ReactNode {
  return (
    <div className="alert" role="status">
      <strong>{title}</strong>
      {children}
    </div>
  );
}

export function EmptyState({ title, children }: Parent & { title?: string }): ReactNode {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function LoadingSpinner({ label }: { label?: string }): ReactNode {
  return <p role="status">{label}</p>;
}

export function Statistics({ children }: Parent): ReactNode {
  return <dl className="statistics">{children}</dl>;
}

export function StatisticsItem({ label, number }: { label: string; number: string | number }): ReactNode {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{number}</dd>
    </div>
  );
}

export function Accordion({ title, children, defaultOpen }: Parent & { title: string; defaultOpen?: boolean }): ReactNode {
  const [open, set] = useState(defaultOpen ?? false);
  const id = useId();
  return (
    <div className="accordion">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => {
          set(!open);
        }}
      >
        <span aria-hidden="true">{open ? '▾' : '▸'}</span> {title}
      </button>
      <div id={id} hidden={!open}>
        {children}
      </div>
    </div>
  );
}

const InHead = createContext(false);

export function Table({ children }: Parent): ReactNode {
  return <table>{children}</table>;
}
export function TableHead({ children }: Parent): ReactNode {
  return (
    <InHead.Provider value={true}>
      <thead>{children}</thead>
    </InHead.Provider>
  );
}
export function TableBody({ children }: Parent): ReactNode {
  return <tbody>{children}</tbody>;
}
export function TableRow({ children }: Parent): ReactNode {
  return <tr>{children}</tr>;
}
export function TableHeader({ children }: Parent): ReactNode {
  return <th scope={useContext(InHead) ? 'col' : 'row'}>{children}</th>;
}
export function TableCell({ children }: Parent): ReactNode {
  return <td>{children}</td>;
}

export { LineChart } from './chart';
