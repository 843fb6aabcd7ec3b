// node hack/summary.ts REPORT CODE PASSED FAILED: adds vitest's JSON report to the checks already counted and prints one
// line. A run that failed without a failed test (a file that does not load, an unhandled error) counts as one failure.
import { readFileSync } from 'node:fs';

const [report = '', code = '1', passedBefore = '0', failedBefore = '0'] = process.argv.slice(2);

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
}

function read(): Report {
  try {
    return JSON.parse(readFileSync(report, 'utf8')) as Report;
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, numTodoTests: 0 };
  }
}

const tests = read();
const passed = Number(passedBefore) + tests.numPassedTests;
const failed = Number(failedBefore) + Math.max(tests.numFailedTests, code === '0' ? 0 : 1);
const skipped = tests.numPendingTests + tests.numTodoTests;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
