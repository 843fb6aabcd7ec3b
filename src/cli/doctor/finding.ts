/** The result of one check. */
export interface Finding {
  /** What was checked. */
  check: string;
  /** `wrong`: the network cannot work properly. `warning`: it works, but the user should know. */
  level: 'ok' | 'warning' | 'wrong';
  /** What was found. */
  found: string;
  /** What to do about it; only when not `ok`. */
  remedy?: string;
}

export const ok = (check: string, found: string): Finding => ({ check, level: 'ok', found });
export const warning = (check: string, found: string, remedy: string): Finding => ({
  check,
  level: 'warning',
  found,
  remedy,
});
export const wrong = (check: string, found: string, remedy: string): Finding => ({
  check,
  level: 'wrong',
  found,
  remedy,
});
