import type { INodeProperties } from 'n8n-workflow';
import { checkBoolean, checkNumber, checkText, type NumberRule } from './parameterChecks';

// What the description of a field says (its label, its range) holds when it is read, too.

/**
 * A number, held to what the editor allows in the field.
 *
 * @throws {InputProblem} when it is anything else.
 */
export function readNumberField(
	{ displayName, typeOptions = {} }: INodeProperties,
	value: unknown,
	{ whole }: Pick<NumberRule, 'whole'> = {},
): number {
	const { minValue: min = Number.MIN_SAFE_INTEGER, maxValue: max } = typeOptions;
	return checkNumber(displayName, value, { min, max, whole });
}

/** The options of a collection, each read as its description says; undefined when an option is not added. */
export class OptionReader {
	/** @param descriptions of all options that are read. */
	constructor(
		private readonly options: Record<string, unknown>,
		private readonly descriptions: readonly INodeProperties[],
	) {}

	number(name: string, rule?: Pick<NumberRule, 'whole'>): number | undefined {
		return this.read(name, (option, value) => readNumberField(option, value, rule));
	}

	/** A text without white space around it; undefined when it is empty, too. */
	text(name: string): string | undefined {
		return this.read(name, ({ displayName }, value) => checkText(displayName, value).trim() || undefined);
	}

	boolean(name: string): boolean | undefined {
		return this.read(name, ({ displayName }, value) => checkBoolean(displayName, value));
	}

	/** Seconds of an option, in milliseconds. */
	ms(name: string, rule?: Pick<NumberRule, 'whole'>): number | undefined {
		const seconds = this.number(name, rule);
		return seconds === undefined ? undefined : seconds * 1000;
	}

	private read<T>(name: string, check: (option: INodeProperties, value: unknown) => T): T | undefined {
		const value = this.options[name];
		if (value === undefined) return undefined;
		const option = this.descriptions.find((one) => one.name === name);
		if (!option) throw new Error(`There is no option named ${name}`);
		return check(option, value);
	}
}
