import { hubspot } from '@hubspot/ui-extensions';
import { Summary } from './balance/Summary';
import { language } from './balance/words';

hubspot.extend<'crm.record.sidebar'>(({ context }) => <Summary language={language(context.user.locale, context.user.language)} />);
