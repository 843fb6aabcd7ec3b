// node hack/summary.ts PASSED FAILED [REPORT CODE]…: adds vitest's JSON reports to the checks already counted and prints one
// line. A run that failed without a failed test (a file that does not load, an unhandled error) counts as one failure. Tests that
// passed only when they were repeated are named before it, on stderr.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: {
    name: string;
    /** A test that passed in the end keeps the failures of its earlier attempts. */
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}

function read(report: string): Report {
  try {
    return JSON.parse(readFileSync(report, 'utf8')) as Report;
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  }
}

const [passedBefore = '0', failedBefore = '0', ...runs] = process.argv.slice(2);
let [passed, failed, skipped] = [Number(passedBefore), Number(failedBefore), 0];
const retried: string[] = [];
for (let i = 0; i < runs.length; i += 2) {
  const tests = read(runs[i]!);
  passed += tests.numPassedTests;
  failed += Math.max(tests.numFailedTests, runs[i + 1] === '0' ? 0 : 1);
  skipped += tests.numPendingTests + tests.numTodoTests;
  for (const { name, assertionResults } of tests.testResults)
    for (const { fullName, status, failureMessages } of assertionResults)
      if (status === 'passed' && failureMessages.length > 0)
        retried.push(`  ${relative('.', name)}: ${fullName}\n    ${failureMessages[0]!.split('\n', 1)[0]}`);
}
if (retried.length > 0) console.error([`${retried.length} passed only when repeated:`, ...retried].join('\n'));
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
