/** Mounts both cards side by side as a company's record would hold them; `preview` carries properties and language. */

import { createRoot } from 'react-dom/client';
import { Balance } from '../src/app/cards/balance/Balance';
import { Summary } from '../src/app/cards/balance/Summary';
import './crm';

const TITLES = {
  en: { page: 'Company record: preview of the cards', tab: 'Équilibre (tab)', side: 'Équilibre (sidebar)', note: 'Preview with sample data. HubSpot draws the components itself.' },
  fr: { page: 'Fiche entreprise : aperçu des cartes', tab: 'Équilibre (onglet)', side: 'Équilibre (barre latérale)', note: 'Aperçu avec des données d’exemple. HubSpot dessine lui-même les composants.' },
};

const { language } = globalThis.preview;
const titles = TITLES[language];
document.documentElement.lang = language;
document.title = titles.page;

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <main>
      <h1>{titles.page}</h1>
      <p className="micro">{titles.note}</p>
      <div className="record">
        <section aria-label={titles.tab} className="card">
          <Balance language={language} />
        </section>
        <section aria-label={titles.side} className="card side">
          <Summary language={language} />
        </section>
      </div>
    </main>,
  );
}
