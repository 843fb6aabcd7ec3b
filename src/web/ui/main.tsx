import { render } from 'preact';
import { App } from './app.tsx';
import { loadLanguage } from './lib/messages.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/browse.css';
import './styles/panel.css';
import './styles/network.css';

await loadLanguage();
render(<App />, document.getElementById('app')!);
