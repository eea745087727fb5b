/** HubSpot's own CRM components and hook, as the preview shows them: sample rows, no record behind. Labels are
 * the account's own, in one language, as provision made them. */

import type { ReactNode } from 'react';
import sample from './sample.json';

declare global {
  var preview: { readonly properties: Readonly<Record<string, string | null>>; readonly language: 'en' | 'fr' };
}

export function useCrmProperties(): object {
  return { properties: globalThis.preview.properties, error: null, isLoading: false, isRefetching: false, refetch: () => Promise.resolve() };
}

export function CrmAssociationTable({ propertyColumns }: { readonly propertyColumns: readonly string[] }): ReactNode {
  const { columns, rows } = sample[globalThis.preview.language];
  return (
    <table>
      <thead>
        <tr>
          {propertyColumns.map((name) => (
            <th scope="col" key={name}>
              {columns[name as keyof typeof columns]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.hs_task_subject}>
            {propertyColumns.map((name) => (
              <td key={name}>{row[name as keyof typeof row]}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function CrmPropertyList({ properties }: { readonly properties: readonly string[] }): ReactNode {
  const { labels, values } = sample[globalThis.preview.language];
  return (
    <div className="properties">
      {properties.map((name) => (
        <label key={name}>
          <span>{labels[name as keyof typeof labels]}</span>
          <input defaultValue={values[name as keyof typeof values]} placeholder="–" />
        </label>
      ))}
    </div>
  );
}
