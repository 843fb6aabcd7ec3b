/** Name of the schema that only `site` writes to. Site names are DNS labels, so '-' can become '_' without collisions. */
export function siteSchema(site: string): string {
  return `site_${site.replaceAll('-', '_')}`;
}

/** The site of a schema; undefined if it is not a site's. */
export function siteOfSchema(schema: string): string | undefined {
  return schema.startsWith('site_') ? schema.slice('site_'.length).replaceAll('_', '-') : undefined;
}

/** The derived schema of this site; never replicated. */
export const LOCAL_SCHEMA = 'local';

/**
 * The tables of every site's schema. Created locally at each site with binary logging off, and only ever extended, because
 * sites with different agent versions coexist. Times are Unix ms, sizes bytes, `mtime_ns` Unix ns. Paths are raw bytes.
 */
const SITE_TABLES = [
  // beat.clock_offset_ms and transfer.attempts are no longer read. They stay because rows replicate by column position.
  `CREATE TABLE IF NOT EXISTS beat (
    id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    agent_version VARCHAR(32) NOT NULL,
    disk_free BIGINT UNSIGNED NOT NULL,
    disk_size BIGINT UNSIGNED NOT NULL,
    summary VARBINARY(16000) NOT NULL,
    clock_offset_ms BIGINT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS version (
    seq BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    folder VARBINARY(63) NOT NULL,
    path VARBINARY(4096) NOT NULL,
    path_key BINARY(16) NOT NULL,
    kind ENUM('file','dir','symlink','deleted') NOT NULL,
    size BIGINT UNSIGNED NOT NULL,
    mtime_ns BIGINT NOT NULL,
    mode SMALLINT UNSIGNED NOT NULL,
    sha256 BINARY(32) NULL,
    target VARBINARY(4096) NULL,
    base_origin VARBINARY(63) NULL,
    base_seq BIGINT UNSIGNED NULL,
    merges VARBINARY(2048) NULL,
    clock BIGINT UNSIGNED NOT NULL,
    author VARBINARY(255) NOT NULL,
    detected_at BIGINT NOT NULL,
    KEY path_key (path_key)
  )`,
  `CREATE TABLE IF NOT EXISTS content (
    seq BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    bytes MEDIUMBLOB NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS custody (
    origin VARBINARY(63) NOT NULL PRIMARY KEY,
    held BIGINT UNSIGNED NOT NULL,
    known BIGINT UNSIGNED NOT NULL,
    missing VARBINARY(4096) NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS transfer (
    origin VARBINARY(63) NOT NULL,
    seq BIGINT UNSIGNED NOT NULL,
    folder VARBINARY(63) NOT NULL,
    path VARBINARY(4096) NOT NULL,
    source VARBINARY(63) NOT NULL,
    bytes_done BIGINT UNSIGNED NOT NULL,
    bytes_total BIGINT UNSIGNED NOT NULL,
    rate BIGINT UNSIGNED NOT NULL,
    attempts INT UNSIGNED NOT NULL,
    error VARBINARY(1024) NULL,
    next_try BIGINT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (origin, seq)
  )`,
  `CREATE TABLE IF NOT EXISTS conflict (
    origin VARBINARY(63) NOT NULL,
    seq BIGINT UNSIGNED NOT NULL,
    winner_origin VARBINARY(63) NOT NULL,
    winner_seq BIGINT UNSIGNED NOT NULL,
    copy VARBINARY(4096) NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (origin, seq)
  )`,
];

/**
 * A table that exists in a site's own schema only. A hub that copied rows of another site from a neighbour, or received
 * them as a child, does not have them in its log. In their place it logs a row of this table with the number of the last of
 * them. A site that has them all skips that number; at one that lacks any, the channel cannot apply the row, stops, and the
 * site copies them too.
 */
export const COPY_MARKERS = 'copied';

const MARKER_TABLE = `CREATE TABLE IF NOT EXISTS ${COPY_MARKERS} (
    id BIGINT UNSIGNED NOT NULL PRIMARY KEY AUTO_INCREMENT,
    peer VARBINARY(63) NOT NULL,
    at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
  )`;

/**
 * Derived tables, which can be dropped and rebuilt from the logs and the tree at any time. Keys start with the directory,
 * so that the entries of a directory are adjacent: a pass reads one range per changed directory, and so does a listing.
 */
const LOCAL_TABLES = [
  // Folders that were ever held here, whose marker file must exist. adopted: 1 after a first pass has seen the whole
  // tree, 2 once it has left the plan.
  `CREATE TABLE IF NOT EXISTS folder (
    name VARBINARY(63) NOT NULL PRIMARY KEY,
    since BIGINT NOT NULL,
    adopted TINYINT NOT NULL DEFAULT 0
  )`,
  // Pairs a folder's tree with this database: pairing.ts.
  `CREATE TABLE IF NOT EXISTS paired (
    folder VARBINARY(63) NOT NULL PRIMARY KEY,
    count BIGINT UNSIGNED NOT NULL,
    token VARBINARY(64) NOT NULL,
    next VARBINARY(64) NOT NULL,
    file VARBINARY(64) NOT NULL,
    ended TINYINT NOT NULL
  )`,
  // Of this site's database, and others with its name that neighbours reported.
  `CREATE TABLE IF NOT EXISTS incarnation (
    id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    first_seq BIGINT UNSIGNED NOT NULL,
    began_at BIGINT NOT NULL
  )`,
  // How far each origin's rows were ingested.
  `CREATE TABLE IF NOT EXISTS progress (
    origin VARBINARY(63) NOT NULL PRIMARY KEY,
    seq BIGINT UNSIGNED NOT NULL,
    clock BIGINT UNSIGNED NOT NULL
  )`,
  // The winning version of every path; rivals = number of other heads.
  `CREATE TABLE IF NOT EXISTS head (
    dir_key BINARY(16) NOT NULL,
    path_key BINARY(16) NOT NULL,
    folder VARBINARY(63) NOT NULL,
    path VARBINARY(4096) NOT NULL,
    origin VARBINARY(63) NOT NULL,
    seq BIGINT UNSIGNED NOT NULL,
    kind ENUM('file','dir','symlink','deleted') NOT NULL,
    size BIGINT UNSIGNED NOT NULL,
    mtime_ns BIGINT NOT NULL,
    mode SMALLINT UNSIGNED NOT NULL,
    sha256 BINARY(32) NULL,
    target VARBINARY(4096) NULL,
    clock BIGINT UNSIGNED NOT NULL,
    rivals SMALLINT UNSIGNED NOT NULL DEFAULT 0,
    PRIMARY KEY (dir_key, path_key)
  )`,
  // What is on this disk, as last seen or written, and which version it is.
  `CREATE TABLE IF NOT EXISTS \`index\` (
    dir_key BINARY(16) NOT NULL,
    path_key BINARY(16) NOT NULL,
    folder VARBINARY(63) NOT NULL,
    path VARBINARY(4096) NOT NULL,
    kind ENUM('file','dir','symlink') NOT NULL,
    size BIGINT UNSIGNED NOT NULL,
    mtime_ns BIGINT NOT NULL,
    ctime_ns BIGINT NOT NULL,
    ino BIGINT UNSIGNED NOT NULL,
    mode SMALLINT UNSIGNED NOT NULL,
    sha256 BINARY(32) NULL,
    origin VARBINARY(63) NOT NULL,
    seq BIGINT UNSIGNED NOT NULL,
    PRIMARY KEY (dir_key, path_key),
    KEY content (sha256)
  )`,
  // Entries of the index with another owner, group, mode, ACL or time than they should have, because this site may not set
  // them.
  `CREATE TABLE IF NOT EXISTS incomplete (
    dir_key BINARY(16) NOT NULL,
    path_key BINARY(16) NOT NULL,
    folder VARBINARY(63) NOT NULL,
    PRIMARY KEY (dir_key, path_key),
    KEY folder (folder)
  )`,
  // Digest of each directory's entries when a pass last found them equal to the index: unchanged directories cost no row.
  `CREATE TABLE IF NOT EXISTS directory (
    dir_key BINARY(16) NOT NULL PRIMARY KEY,
    folder VARBINARY(63) NOT NULL,
    path VARBINARY(4096) NOT NULL,
    digest BINARY(16) NOT NULL
  )`,
  // The role with which the server last ran; one row.
  `CREATE TABLE IF NOT EXISTS role (
    id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
    role ENUM('hub','child') NOT NULL
  )`,
  // Heads that this site should hold and does not yet.
  `CREATE TABLE IF NOT EXISTS pending (
    origin VARBINARY(63) NOT NULL,
    seq BIGINT UNSIGNED NOT NULL,
    dir_key BINARY(16) NOT NULL,
    path_key BINARY(16) NOT NULL,
    since BIGINT NOT NULL,
    attempts INT UNSIGNED NOT NULL DEFAULT 0,
    next_try BIGINT NOT NULL DEFAULT 0,
    error VARBINARY(1024) NULL,
    PRIMARY KEY (origin, seq),
    KEY path (path_key)
  )`,
  // Rows of other sites that could not be ingested: they count as missing and are tried again.
  `CREATE TABLE IF NOT EXISTS skipped (
    origin VARBINARY(63) NOT NULL,
    seq BIGINT UNSIGNED NOT NULL,
    folder VARBINARY(63) NOT NULL,
    path VARBINARY(4096) NOT NULL,
    path_key BINARY(16) NOT NULL,
    reason VARBINARY(1024) NOT NULL,
    since BIGINT NOT NULL,
    attempts INT UNSIGNED NOT NULL,
    next_try BIGINT NOT NULL,
    PRIMARY KEY (origin, seq),
    KEY folder (folder),
    KEY next_try (next_try)
  )`,
  // Changes on this disk that are not journaled. decided: they wait for approval, otherwise they were only just seen. was_…
  // is the version that they were made from and that the others have; kind, size and mtime_ns describe what is there now.
  `CREATE TABLE IF NOT EXISTS held (
    dir_key BINARY(16) NOT NULL,
    path_key BINARY(16) NOT NULL,
    folder VARBINARY(63) NOT NULL,
    path VARBINARY(4096) NOT NULL,
    depth SMALLINT UNSIGNED NOT NULL,
    decided TINYINT NOT NULL,
    kind ENUM('file','dir','symlink','deleted') NOT NULL,
    size BIGINT UNSIGNED NOT NULL,
    mtime_ns BIGINT NOT NULL,
    was_kind ENUM('file','dir','symlink') NOT NULL,
    was_size BIGINT UNSIGNED NOT NULL,
    was_mtime_ns BIGINT NOT NULL,
    was_mode SMALLINT UNSIGNED NOT NULL,
    was_sha256 BINARY(32) NULL,
    was_origin VARBINARY(63) NOT NULL,
    was_seq BIGINT UNSIGNED NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (dir_key, path_key),
    KEY queue (folder, decided, depth, dir_key, path_key),
    KEY content (was_sha256)
  )`,
  // What is about to be done to a path, durable before the tree is touched (store/intent.ts): the path and its new state;
  // was_… = the version of the file that is replaced; staged = its name in staging; kept = the replaced file may still be
  // written to.
  `CREATE TABLE IF NOT EXISTS intent (
    staged VARBINARY(64) NOT NULL PRIMARY KEY,
    kept TINYINT NOT NULL DEFAULT 0,
    folder VARBINARY(63) NOT NULL,
    path VARBINARY(4096) NOT NULL,
    dir_key BINARY(16) NOT NULL,
    path_key BINARY(16) NOT NULL,
    origin VARBINARY(63) NOT NULL,
    seq BIGINT NOT NULL,
    kind ENUM('file','dir','symlink','deleted') NOT NULL,
    size BIGINT UNSIGNED NOT NULL,
    mtime_ns BIGINT NOT NULL,
    mode SMALLINT UNSIGNED NOT NULL,
    sha256 BINARY(32) NULL,
    target VARBINARY(4096) NULL,
    ino BIGINT UNSIGNED NULL,
    was_sha256 BINARY(32) NULL,
    was_size BIGINT UNSIGNED NULL,
    was_origin VARBINARY(63) NULL,
    was_seq BIGINT UNSIGNED NULL,
    losing_origin VARBINARY(63) NULL,
    losing_seq BIGINT UNSIGNED NULL,
    losing_at BIGINT NULL,
    KEY folder (folder)
  )`,
  // The progress of verification in a folder: a round covers the tree, then the archive, each in key order.
  `CREATE TABLE IF NOT EXISTS verified (
    folder VARBINARY(63) NOT NULL PRIMARY KEY,
    phase ENUM('tree','archive','done') NOT NULL,
    dir_key BINARY(16) NOT NULL,
    path_key BINARY(16) NOT NULL,
    sha256 BINARY(32) NOT NULL,
    bytes BIGINT UNSIGNED NOT NULL,
    started BIGINT NOT NULL,
    ended BIGINT NULL,
    found BIGINT UNSIGNED NOT NULL
  )`,
  // Content on this disk that is not that of its version, latest finding per path; for the archive path_key is the
  // beginning of the hash. found_sha256 = what is there, if readable; origin and seq = a version whose content it should
  // be.
  `CREATE TABLE IF NOT EXISTS damage (
    folder VARBINARY(63) NOT NULL,
    place ENUM('tree','archive') NOT NULL,
    path_key BINARY(16) NOT NULL,
    dir_key BINARY(16) NOT NULL,
    path VARBINARY(4096) NOT NULL,
    what ENUM('rot','unreadable','torn','lost') NOT NULL,
    origin VARBINARY(63) NOT NULL,
    seq BIGINT UNSIGNED NOT NULL,
    size BIGINT UNSIGNED NOT NULL,
    sha256 BINARY(32) NOT NULL,
    found_sha256 BINARY(32) NULL,
    found_at BIGINT NOT NULL,
    healed_at BIGINT NULL,
    PRIMARY KEY (folder, place, path_key),
    KEY healed_at (healed_at)
  )`,
  // The machine's boot in which the agent was last started, and whether it stopped with everything on disk; one row.
  `CREATE TABLE IF NOT EXISTS boot (
    id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
    boot_id VARBINARY(64) NOT NULL,
    clean TINYINT NOT NULL
  )`,
  // When the rows of an origin were last compared with a neighbour's, and how many had to be copied again.
  `CREATE TABLE IF NOT EXISTS compared (
    origin VARBINARY(63) NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    peer VARBINARY(63) NOT NULL,
    repaired BIGINT UNSIGNED NOT NULL
  )`,
  // Content kept in the archive: one row per version that it stands for, one file per hash.
  `CREATE TABLE IF NOT EXISTS archived (
    path_key BINARY(16) NOT NULL,
    origin VARBINARY(63) NOT NULL,
    seq BIGINT UNSIGNED NOT NULL,
    folder VARBINARY(63) NOT NULL,
    sha256 BINARY(32) NOT NULL,
    size BIGINT UNSIGNED NOT NULL,
    archived_at BIGINT NOT NULL,
    PRIMARY KEY (path_key, origin, seq),
    KEY content (sha256),
    KEY age (folder, archived_at)
  )`,
];

/** Placeholder for the schema name in {@link SITE_TEMPLATE}. */
const SCHEMA = '{schema}';

/** What creates the schema of any site, one statement per line, with {schema} as placeholder. */
export const SITE_TEMPLATE = sqlLines(create(SCHEMA, SITE_TABLES));

/** The schema of this site and the derived one. */
export function ownSchemasSql(site: string): string[] {
  return [...create(siteSchema(site), [...SITE_TABLES, MARKER_TABLE]), ...create(LOCAL_SCHEMA, LOCAL_TABLES)];
}

/** The schemas of other sites, created after the engine's own SQL at every start. */
export function siteSchemasSql(sites: string[]): string {
  return sites.map((site) => SITE_TEMPLATE.replaceAll(SCHEMA, siteSchema(site))).join('');
}

function create(schema: string, tables: string[]): string[] {
  const database = `CREATE DATABASE IF NOT EXISTS ${schema} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`;
  return [database, `USE ${schema}`, ...tables];
}

/** Statements for a server's init file, one per line. */
export function sqlLines(statements: string[]): string {
  return `${statements.map((line) => line.replace(/\s+/g, ' ').trim()).join(';\n')};\n`;
}
