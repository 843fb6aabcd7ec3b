export type Shell = 'bash' | 'zsh' | 'fish';

/** What a shell needs to know about a command. */
export interface Completable {
  name: string;
  summary: string;
  options: { flag: string; summary: string }[];
  /** Whether its arguments are files. */
  files: boolean;
}

/** A script for completing commands, their options and YAML files. */
export function completionScript(shell: Shell, commands: Completable[]): string {
  return { bash, zsh, fish }[shell](commands);
}

const flagsOf = ({ options }: Completable) => options.map(({ flag }) => flag).join(' ');

function bash(commands: Completable[]): string {
  return `_sitesync() {
  local cur=\${COMP_WORDS[COMP_CWORD]} cmd=\${COMP_WORDS[1]}
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')}' -- "$cur"))
    return
  fi
  if [ "\${COMP_WORDS[COMP_CWORD-1]}" = --data ]; then
    COMPREPLY=($(compgen -d -- "$cur"))
    return
  fi
  case $cmd in
${commands.map((c) => `    ${c.name}) COMPREPLY=($(compgen -W '${flagsOf(c)}' -- "$cur")${c.files ? ' $(compgen -f -- "$cur")' : ''}) ;;`).join('\n')}
  esac
}
complete -o filenames -F _sitesync sitesync`;
}

function zsh(commands: Completable[]): string {
  return `#compdef sitesync
_sitesync() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case $words[2] in
${commands.map((c) => `    ${c.name}) _arguments ${[...c.options.map(({ flag, summary }) => quote(zshOption(flag, summary))), ...(c.files ? ["'*:file:_files'"] : [])].join(' ')} ;;`).join('\n')}
  esac
}
compdef _sitesync sitesync`;
}

function zshOption(flag: string, summary: string): string {
  return `${flag}[${summary.replace(/[[\]:]/g, '\\$&')}]${flag === '--data' ? ':folder:_files -/' : ''}`;
}

function fish(commands: Completable[]): string {
  const first = commands.map(
    ({ name, summary }) => `complete -c sitesync -n __fish_use_subcommand -f -a ${name} -d ${quote(summary)}`,
  );
  const rest = commands.flatMap(({ name, options, files }) => {
    const condition = quote(`__fish_seen_subcommand_from ${name}`);
    const own = options.map(
      ({ flag, summary }) => `complete -c sitesync -n ${condition} -l ${flag.slice(2)} -d ${quote(summary)}`,
    );
    return files ? own : [`complete -c sitesync -n ${condition} -f`, ...own];
  });
  return [...first, ...rest].join('\n');
}

/** For all three shells. */
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
