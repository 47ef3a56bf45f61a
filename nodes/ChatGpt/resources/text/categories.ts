import { isObject, parseJson } from '../../../../client';
import { InputProblem, shown } from '../../../../host/parameters/inputProblem';
import type { ItemParameters } from '../../../../host/parameters/itemParameters';
import { checkText } from '../../../../host/parameters/parameterChecks';
import { FieldReader } from '../../../../host/parameters/readField';
import { description } from './classify.operation';
import { labelKey } from './labels';

export interface Category {
	name: string;
	/** Empty when the name says it all. */
	description: string;
}

const LABELS = { fields: 'Categories', json: 'Categories (JSON)' };

/**
 * Reads the categories of one item.
 *
 * @param least how many there have to be.
 * @throws {InputProblem} naming the category to correct.
 */
export function readCategories(item: ItemParameters, least: number): Category[] {
	const { parameter } = item;
	const source = new FieldReader(item, description).choice<keyof typeof LABELS>('categoriesSource');
	const label = LABELS[source];
	const given =
		source === 'fields'
			? (parameter('categories', {}) as { values?: unknown } | null)?.values
			: readList(parameter('categoriesJson', []));
	const hint =
		least > 1
			? 'Add another, or set If No Category Fits to Return None'
			: 'Add a category with a name such as Billing';
	return checkCategories(given, { label, least, hint });
}

interface CategoryRule {
	/** The label of the field. */
	label: string;
	/** How many there have to be. */
	least: number;
	/** What to do when there are fewer. */
	hint: string;
}

/**
 * Checks a list of categories, each a name or an object with a name and a description.
 *
 * @throws {InputProblem} naming the category to correct.
 */
export function checkCategories(given: unknown, { label, least, hint }: CategoryRule): Category[] {
	const categories = (Array.isArray(given) ? (given as unknown[]) : []).map((row, index) =>
		readCategory(row, `${label}, entry ${index + 1}`),
	);
	if (categories.length < least) {
		throw new InputProblem(
			label,
			least > 1
				? `${label} needs at least two entries to choose from`
				: `There are no ${label.toLowerCase()} to choose from`,
			hint,
		);
	}
	checkDistinct(categories, label);
	return categories;
}

function readList(given: unknown): unknown[] {
	const value = typeof given === 'string' ? parseJson(given) : given;
	if (Array.isArray(value)) return value as unknown[];
	throw new InputProblem(
		LABELS.json,
		`${LABELS.json} must be a list, but is ${shown(given ?? '')}`,
		'Write it like ["Billing", "Technical"], or [{"name": "Billing", "description": "Invoices, refunds"}]',
	);
}

function readCategory(row: unknown, label: string): Category {
	const { name, description } = isObject(row) ? row : { name: row };
	const category = {
		name: checkText(`${label}, Name`, name ?? '').trim(),
		description: checkText(`${label}, Description`, description ?? '').trim(),
	};
	if (category.name) return category;
	throw new InputProblem(
		label,
		`${label} has no name`,
		'Enter its name, or check that the expression gives one for this item',
	);
}

/** Which of two was meant could not be told from what the model says. */
function checkDistinct(categories: Category[], label: string): void {
	const seen = new Map<string, string>();
	for (const { name } of categories) {
		const twin = seen.get(labelKey(name));
		if (twin !== undefined) {
			const both =
				twin === name
					? `named ${shown(name)}`
					: `that differ only in how they are written: ${shown(twin)} and ${shown(name)}`;
			throw new InputProblem(label, `${label} has two entries ${both}`, 'Rename or remove one of them');
		}
		seen.set(labelKey(name), name);
	}
}
