// What is known of models beforehand: prices, context windows and capabilities, from one data file with its source and date.

export { costOf, withCosts } from './costs.ts';
export { modelFacts } from './facts.ts';
