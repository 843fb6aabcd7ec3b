// node hack/summary.ts PASSED FAILED [REPORT CODE]…: adds vitest's JSON reports to the checks already counted and prints one
// line. A run that failed without a failed test (a file that does not load, an unhandled error) counts as one failure.
import { readFileSync } from 'node:fs';

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
}

function read(report: string): Report {
  try {
    return JSON.parse(readFileSync(report, 'utf8')) as Report;
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, numTodoTests: 0 };
  }
}

const [passedBefore = '0', failedBefore = '0', ...runs] = process.argv.slice(2);
let [passed, failed, skipped] = [Number(passedBefore), Number(failedBefore), 0];
for (let i = 0; i < runs.length; i += 2) {
  const tests = read(runs[i]!);
  passed += tests.numPassedTests;
  failed += Math.max(tests.numFailedTests, runs[i + 1] === '0' ? 0 : 1);
  skipped += tests.numPendingTests + tests.numTodoTests;
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
