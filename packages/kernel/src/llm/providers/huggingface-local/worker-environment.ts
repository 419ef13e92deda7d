/** What Python, PyTorch and the drivers of accelerators read. Keys of providers and other secrets are not among it. */
const passed =
  /^(PATH|HOME|USER|LOGNAME|LANG|LC_\w+|TMPDIR|TEMP|TMP|SYSTEMROOT|VIRTUAL_ENV|XDG_CACHE_HOME|PYTHON(PATH|HOME)|(LD|DYLD)_\w+|(CUDA|NVIDIA|NCCL|HIP|HSA|ROCR|ROCM|OMP|MKL|KMP|OPENBLAS|PYTORCH|TORCH|CONDA|PYENV)_\w+)$/;
const secret = /(KEY|TOKEN|SECRET|PASSWORD)/;

/** The environment of a worker: it fetches nothing and reports nothing. */
export function workerEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => passed.test(name) && !secret.test(name));
  return {
    ...Object.fromEntries(kept),
    HF_HUB_OFFLINE: '1',
    HF_HUB_DISABLE_TELEMETRY: '1',
    TRANSFORMERS_OFFLINE: '1',
    TOKENIZERS_PARALLELISM: 'false',
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONIOENCODING: 'utf-8',
  };
}
