import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowData } from '../../playground/n8nApi';
import { ROOT, type Page } from './markdown';

/** A workflow to import or to paste. */
export interface SharedWorkflow extends WorkflowData {
	/** The file, or the page it is in. */
	place: string;
}

/** Below the repository's folder. */
export const WORKFLOW_FILES = readdirSync(join(ROOT, 'examples')).map((name) => `examples/${name}`);

/** Every workflow that the package gives people: the files, and the blocks of JSON that have nodes. */
export function readWorkflows(pages: Page[]): SharedWorkflow[] {
	const files = WORKFLOW_FILES.map((place) => ({ place, json: readFileSync(join(ROOT, place), 'utf8') }));
	const pasted = pages.flatMap(({ path: place, blocks }) =>
		blocks
			.filter(({ language, code }) => language === 'json' && /"nodes"\s*:/.test(code))
			.map(({ code: json }) => ({ place, json })),
	);
	return [...files, ...pasted].map(({ place, json }) => ({ ...(JSON.parse(json) as WorkflowData), place }));
}
