import type { SiteDir } from '../base/site-dir.ts';
import type { Engine } from './engine.ts';
import { administratorSql } from './mysql-initialise.ts';

/** What the database containers run: the official images with these scripts (bash) instead of their entrypoints. */
export interface ContainerScripts {
  /**
   * For an init container: creates the data directory if it is missing. Interrupted, it leaves nothing that the next run
   * would take for complete.
   */
  initialise: string;
  /**
   * Runs the server until SIGTERM, which shuts it down cleanly, and runs the start-up SQL again whenever it changes: a new
   * neighbour is a new user, a new site a new schema, and neither may cost a restart.
   */
  serve: string;
  /** Succeeds when the server answers a query. */
  answers: string;
  /**
   * Succeeds when the server answers within 3 s or is at work: it uses CPU time, as on a busy machine. A server that has
   * answered nothing for a minute, or since it started a minute ago, is not at work, whatever it uses.
   */
  works: string;
}

/** How often the start-up SQL is checked for changes. */
const LOOK_SECONDS = 2;

/** The words in which the two engines differ. `$data` is the data directory; `$(id -un)` may administer it by the socket.
 * `others`: a file that the other engine makes. */
const ENGINES: Record<Engine['name'], { make: string; server: string; client: string; others: string }> = {
  mariadb: {
    make: `mariadb-install-db --no-defaults --datadir="$data.new" --tmpdir="$data.new" --skip-test-db --skip-name-resolve \\
  --auth-root-authentication-method=socket --auth-root-socket-user="$(id -un)" >&2`,
    server: 'mariadbd',
    client: 'mariadb',
    others: 'mysql.ibd',
  },
  mysql: {
    // The server's uuid stands in its configuration, of which it does not read that section itself.
    make: `mysqld --no-defaults --initialize-insecure --datadir="$data.new" --tmpdir="$data.new" --secure-file-priv=NULL \\
  --init-file=<(printf '%s\\n' ${administratorSql('$(id -un)')
    .map((line) => `"${line}"`)
    .join(' ')})
sed -n '/^\\[auto\\]$/,$p' "$config" >"$data.new/auto.cnf"`,
    server: 'mysqld',
    client: 'mysql',
    others: 'aria_log_control',
  },
};

/** Pure: the same engine and folder give the same text. */
export function containerScripts(engine: Engine['name'], { mysql }: SiteDir): ContainerScripts {
  const { make, server, client, others } = ENGINES[engine];
  const initialise = `set -eu
data=${quote(mysql.data)}
config=${quote(mysql.config)}
if [ -e "$data/${others}" ]; then
  echo "$data is of the other engine: ${engine} cannot read it. Set the engine back, or remove the database: the site gets its history from its hub" >&2
  exit 1
fi
[ -d "$data" ] && exit 0
rm -rf "$data.new"
mkdir -m 700 "$data.new"
${make}
mkdir -p -m 700 "$data.new/no-files"
sync
mv "$data.new" "$data"
`;
  const ask = `${client} --no-defaults --socket=${quote(`${mysql.data}/mysql.sock`)} --user="$(id -un)"`;
  const serve = `set -u
read_all() { cat ${quote(mysql.init)} ${quote(mysql.schemas)}; }
start_sql() {
  cat ${quote(mysql.init)}
  template=$(<${quote(mysql.template)})
  while read -r schema; do printf '%s\\n' "\${template//'{schema}'/$schema}"; done <${quote(mysql.schemas)}
}
applied=$(read_all) # the server runs it itself when it starts
${server} --defaults-file=${quote(mysql.config)} --init-file=<(start_sql) &
server=$!
nap=
trap 'kill -TERM "$server" 2>/dev/null' TERM INT
trap 'kill $nap 2>/dev/null' EXIT
while kill -0 "$server" 2>/dev/null; do
  wanted=$(read_all)
  if [ "$wanted" != "$applied" ]; then
    echo "the users or the sites changed" >&2
    ${ask} < <(start_sql) && applied=$wanted
  fi
  sleep ${LOOK_SECONDS} &
  nap=$!
  wait "$nap"
done
wait "$server"
`;
  const answers = `${ask} --execute='DO 1'\n`;
  const works = `set -u
answered=${quote(`${mysql.data}.answered`)}
pid=${quote(`${mysql.data}/mysql.pid`)}
used() { cat "/proc/$(cat "$pid")"/task/*/schedstat 2>/dev/null; }
before=$(used)
if timeout --signal=KILL 3 ${answers.trim()}; then
  touch "$answered"
  exit 0
fi
well=0
for time in $(stat -c %Y "$answered" "$pid" 2>/dev/null); do ((time > well)) && well=$time; done
[[ $before != "$(used)" ]] && (($(date +%s) - well < 60))
`;
  return { initialise, serve, answers, works };
}

const quote = (path: string) => `'${path.replaceAll("'", "'\\''")}'`;
