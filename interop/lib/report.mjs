// What passed and what did not, a line each. The exit status says whether all did.

let passed = 0;
let failed = 0;
let group = '';

/** Names what the lines after it are about. */
export function about(name) {
  group = name;
}

/** Runs one check. Whatever it throws is a failure; what it returns is given back. */
export async function check(name, run) {
  try {
    const found = await run();
    passed += 1;
    console.log(`ok    ${group}: ${name}`);
    return found;
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${group}: ${name}\n      ${(error?.stack ?? String(error)).split('\n').slice(0, 4).join('\n      ')}`);
    return undefined;
  }
}

/** Takes over what a script in another language counted. */
export function add(ok, bad) {
  passed += ok;
  failed += bad;
}

/** Throws unless `run` does, with words that `pattern` fits. */
export async function refuses(run, pattern) {
  let outcome;
  try {
    outcome = await run();
  } catch (error) {
    const words = [error.message, error.error, error.error_description, error.cause?.message, error.status, JSON.stringify(error.cause ?? ''), JSON.stringify(error.response?.data ?? '')].join(' ');
    if (!pattern.test(words)) throw new Error(`it was refused, but with other words than ${pattern}: ${words}`);
    return;
  }
  throw new Error(`it was not refused: ${JSON.stringify(outcome).slice(0, 300)}`);
}

/** Throws with `words` unless `is` holds. */
export function must(is, words) {
  if (!is) throw new Error(words);
}

/** The closing line, and the exit status. */
export function close() {
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
