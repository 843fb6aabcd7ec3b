import { useEffect, useState } from 'preact/hooks';
import { ApiError, address } from '../lib/api.ts';
import { t } from '../lib/messages.ts';
import { extensionOf, isImage } from '../lib/names.ts';
import { Failed, Loading } from './states.tsx';

const TEXT_BYTES = 256 * 1024;

interface Props {
  folder: string;
  path: string;
  /** A past time that is shown. */
  at: string | undefined;
}

/** The content of a file, as far as it can be shown without executing anything in it. */
export function Preview({ folder, path, at }: Props) {
  const source = address(`/folders/${folder}/file`, { path, at, as: 'inline' });
  const tab = (
    <p class="muted">
      <a href={source} target="_blank" rel="noreferrer">
        {t.panel.newTab}
      </a>
    </p>
  );
  if (isImage(path))
    return (
      <div class="preview">
        <img src={source} alt="" />
        {tab}
      </div>
    );
  if (extensionOf(path) === 'pdf')
    return (
      <div class="preview">
        <iframe src={source} title={t.panel.preview} />
        {tab}
      </div>
    );
  return <TextPreview source={source} />;
}

function TextPreview({ source }: { source: string }) {
  const [state, setState] = useState<{ text?: string; trouble?: ApiError; none?: boolean }>({});
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    setState({});
    readText(source, controller.signal).then(
      (text) => setState(text === undefined ? { none: true } : { text }),
      (error: Error) =>
        controller.signal.aborted ||
        setState({ trouble: error instanceof ApiError ? error : new ApiError(error.message, 0) }),
    );
    return () => controller.abort();
  }, [source, tries]);
  if (state.trouble) return <Failed trouble={state.trouble} again={() => setTries(tries + 1)} />;
  if (state.none) return <p class="muted">{t.panel.noPreview}</p>;
  if (state.text === undefined) return <Loading />;
  return (
    <pre class="preview" tabIndex={0}>
      {state.text}
    </pre>
  );
}

/** The beginning of a file if it is text; undefined otherwise. */
async function readText(source: string, signal: AbortSignal): Promise<string | undefined> {
  const response = await fetch(source, { headers: { range: `bytes=0-${TEXT_BYTES - 1}` }, signal });
  if (response.status === 416) return '';
  if (!response.ok) throw new ApiError(t.panel.noPreview, response.status);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes.includes(0)) return undefined;
  try {
    // It may be cut in the middle of a character.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}
