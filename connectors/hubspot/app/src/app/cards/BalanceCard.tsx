import { hubspot } from '@hubspot/ui-extensions';
import { Balance } from './balance/Balance';
import { language } from './balance/words';

hubspot.extend<'crm.record.tab'>(({ context }) => <Balance language={language(context.user.locale, context.user.language)} />);
