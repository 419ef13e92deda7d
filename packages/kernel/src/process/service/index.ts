// Services: agents that the configuration starts with the kernel, in their order.

export { ServiceStore } from './service-store.ts';
export { Services } from './services.ts';
