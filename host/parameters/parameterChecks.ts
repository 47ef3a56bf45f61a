import type { IDataObject } from 'n8n-workflow';
import { LONE_SURROGATE } from '../../client';
import { InputProblem, shown } from './inputProblem';

export interface NumberRule {
	min: number;
	max?: number;
	/** Whether fractions are rejected. */
	whole?: boolean;
}

/**
 * A number the user typed or an expression gave; numbers in text are taken as numbers, as n8n's own fields do.
 *
 * @throws {InputProblem} when it is not a number within the range.
 */
export function checkNumber(label: string, value: unknown, { min, max, whole }: NumberRule): number {
	const number = typeof value === 'string' && value.trim() ? Number(value) : value;
	const fits =
		typeof number === 'number' &&
		number >= min &&
		number <= (max ?? Number.MAX_SAFE_INTEGER) &&
		(!whole || Number.isInteger(number));
	if (fits) return number;
	const range = max === undefined ? `of ${min} or more` : `between ${min} and ${max}`;
	throw new InputProblem(
		label,
		`${label} must be a ${whole ? 'whole ' : ''}number ${range}, but is ${shown(value)}`,
		`Correct ${label}, or the expression it comes from`,
	);
}

/**
 * One of several fixed values; only an expression can give another.
 *
 * @throws {InputProblem} when it is none of them.
 */
export function checkChoice<T extends string>(label: string, value: unknown, choices: readonly T[]): T {
	if (choices.includes(value as T)) return value as T;
	throw new InputProblem(
		label,
		`${label} must be one of ${choices.join(', ')}, but is ${shown(value)}`,
		`Choose one of these, or correct the expression`,
	);
}

/**
 * A JSON object, given as text or, by an expression, as an object.
 *
 * @throws {InputProblem} when it is anything else.
 */
export function checkJsonObject(label: string, value: unknown): Record<string, unknown> {
	let parsed = value;
	if (typeof value === 'string') {
		if (!value.trim()) return {};
		try {
			parsed = JSON.parse(value);
		} catch {
			parsed = undefined;
		}
	}
	if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
		return parsed as Record<string, unknown>;
	}
	throw new InputProblem(
		label,
		`${label} must be a JSON object, but is ${shown(value)}`,
		`Write it like {"name": "value"}, with straight double quotes`,
	);
}

/**
 * A yes or no; an expression may give it as text.
 *
 * @throws {InputProblem} when it is anything else.
 */
export function checkBoolean(label: string, value: unknown): boolean {
	if (value === true || value === 'true') return true;
	if (value === false || value === 'false') return false;
	throw new InputProblem(
		label,
		`${label} must be true or false, but is ${shown(value)}`,
		`Correct the expression it comes from`,
	);
}

/**
 * A text; a number is taken as text.
 *
 * @throws {InputProblem} when it is anything else.
 */
export function checkText(label: string, value: unknown): string {
	if (typeof value === 'string' || typeof value === 'number') return String(value);
	throw new InputProblem(
		label,
		`${label} must be a text, but is ${shown(value)}`,
		`Correct the expression it comes from`,
	);
}

/**
 * A text, without white space around it, that can be part of an address or be the name of a field.
 *
 * @throws {InputProblem} when it is anything else.
 */
export function checkName(label: string, value: unknown): string {
	const name = checkText(label, value).trim();
	if (name.isWellFormed()) return name;
	throw new InputProblem(
		label,
		`${label} ${LONE_SURROGATE}`,
		`Correct ${label}, or the expression that cuts it`,
	);
}

/**
 * Several texts, or one; empty ones are left out.
 *
 * @throws {InputProblem} when one is anything else.
 */
export function checkTexts(label: string, value: unknown): string[] {
	const given: unknown[] = value === undefined ? [] : [value].flat();
	return given.map((entry) => checkText(label, entry)).filter((text) => text !== '');
}

/** Options with a value: an expression that gives nothing leaves the option out. */
export function withoutEmpty(options: IDataObject): IDataObject {
	return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null && value !== ''));
}
