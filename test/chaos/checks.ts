/** What must hold, whatever happened. */
import { outcomeViolations } from './outcomeChecks';
import { requestViolations } from './requestChecks';
import type { ScenarioRecord } from './runScenario';

export function violations(record: ScenarioRecord): string[] {
	const { executions, meetings, otherRequests, inFlightAtEnd, complaints, leftBehind } = record;
	const found = executions.flatMap((execution, index) =>
		[...outcomeViolations(execution, meetings), ...requestViolations(execution, index, record)].map(
			(violation) => `Execution ${index}: ${violation}`,
		),
	);
	const elsewhere = otherRequests + meetings.filter(({ path }) => path !== '/v1/chat/completions').length;
	if (elsewhere > 0) found.push(`${elsewhere} requests went elsewhere, as if a redirect had been followed`);
	if (inFlightAtEnd > 0) found.push(`${inFlightAtEnd} requests are in flight after the end`);
	found.push(...complaints.map((complaint) => `Node complains: ${complaint}`));
	found.push(...leftBehind.map((resource) => `Left behind: ${resource}`));
	const shown = keyShownIn(record);
	if (shown) found.push(`The key is shown: …${shown}…`);
	return found;
}

/** What stands around eight characters in a row of the key, or around the key masked. */
function keyShownIn({ key, visible }: ScenarioRecord): string | undefined {
	const secret = key.slice('sk-test-'.length);
	const parts = Array.from({ length: secret.length - 7 }, (_, start) => secret.slice(start, start + 8));
	const at = [...parts, `${key.slice(0, 6)}*`]
		.map((part) => visible.indexOf(part))
		.find((place) => place >= 0);
	return at === undefined ? undefined : visible.slice(Math.max(0, at - 60), at + 40);
}
