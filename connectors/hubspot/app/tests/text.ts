import { RenderedNodeType } from '@hubspot/ui-extensions/testing';
import type { RenderedChildNode, RenderedRootNode } from '@hubspot/ui-extensions/testing';

/** Everything that a reader sees: the texts, and the words that stand in properties (title, label, number). */
export function textOf(node: RenderedRootNode | RenderedChildNode): string {
  if (node.nodeType === RenderedNodeType.Text) return node.text;
  const props: Readonly<Record<string, unknown>> = node.nodeType === RenderedNodeType.Element ? node.props : {};
  const said = ['title', 'label', 'number'].map((name) => props[name]).filter((value) => typeof value === 'string' || typeof value === 'number');
  return [...said, ...node.childNodes.map(textOf)].join('\n');
}
