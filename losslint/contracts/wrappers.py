"""Calls that hand on what they are given: the model stays the model, the iterable stays the iterable."""

from __future__ import annotations

#: Qualified name to the names under which the first argument may be given.
KEEPS_FIRST: dict[str, tuple[str, ...]] = {
    "torch.nn.DataParallel": ("module",),
    "torch.nn.parallel.DataParallel": ("module",),
    "torch.nn.parallel.data_parallel.DataParallel": ("module",),
    "torch.nn.parallel.DistributedDataParallel": ("module",),
    "torch.nn.parallel.distributed.DistributedDataParallel": ("module",),
    "torch.distributed.fsdp.FullyShardedDataParallel": ("module",),
    "torch.distributed.fsdp.fully_sharded_data_parallel.FullyShardedDataParallel": ("module",),
    "apex.parallel.DistributedDataParallel": ("module",),
    "apex.parallel.convert_syncbn_model": ("module",),
    "fairscale.nn.data_parallel.ShardedDataParallel": ("module",),
    "sync_batchnorm.DataParallelWithCallback": ("module",),
    "torch_geometric.nn.DataParallel": ("module",),
    "torch_geometric.nn.data_parallel.DataParallel": ("module",),
    "fairscale.nn.FullyShardedDataParallel": ("module",),
    "torch.nn.SyncBatchNorm.convert_sync_batchnorm": ("module",),
    "torch.nn.utils.weight_norm": ("module",),
    "torch.nn.utils.spectral_norm": ("module",),
    "torch.nn.utils.parametrizations.weight_norm": ("module",),
    "torch.nn.utils.parametrizations.spectral_norm": ("module",),
    "torch.compile": ("model",),
    "torch.jit.script": ("obj",),
    "torch.jit.trace": ("func",),
    "torch.jit.freeze": ("mod",),
    "torch.fx.symbolic_trace": ("root",),
    "torch.optim.swa_utils.AveragedModel": ("model",),
    # Adapters beside the layers: what the model returns means the same.
    "peft.get_peft_model": ("model",),
    "peft.prepare_model_for_kbit_training": ("model",),
    "peft.prepare_model_for_int8_training": ("model",),
    "peft.PeftModel.from_pretrained": ("model",),
    "copy.copy": ("x",),
    "copy.deepcopy": ("x",),
    "thop.profile": ("model",),
    "horovod.torch.broadcast_parameters": (),
    # Parts of a dataset hold what the dataset holds.
    "torch.utils.data.Subset": ("dataset",),
    "torch.utils.data.dataset.Subset": ("dataset",),
    # What is iterated over.
    "tqdm.tqdm": ("iterable",),
    "tqdm.tqdm.tqdm": ("iterable",),
    "tqdm.auto.tqdm": ("iterable",),
    "tqdm.notebook.tqdm": ("iterable",),
    "tqdm.std.tqdm": ("iterable",),
    "tqdm.rich.tqdm": ("iterable",),
    "tqdm.tqdm_notebook": ("iterable",),
    "tqdm.autonotebook.tqdm": ("iterable",),
    "rich.progress.track": ("sequence",),
    "progressbar.progressbar": ("iterator",),
    "itertools.cycle": ("iterable",),
    "itertools.islice": ("iterable",),
    "builtins.list": (),
    "builtins.tuple": (),
    "builtins.iter": (),
    "builtins.sorted": (),
    # Quantisation: what the model returns means the same.
    **{
        f"{module}.{function}": ("model",)
        for module in ("torch.quantization", "torch.ao.quantization")
        for function in (
            "convert",
            "fuse_modules",
            "fuse_modules_qat",
            "prepare",
            "prepare_qat",
            "quantize_dynamic",
        )
    },
}

#: Qualified name to the name of the second argument, which is what comes back.
KEEPS_SECOND: dict[str, str] = {"typing.cast": "val", "typing_extensions.cast": "val"}

#: Modules that run the model that they are given on several devices. Whoever derives one of his own derives from these.
PARALLEL = frozenset(name for name in KEEPS_FIRST if name.endswith("DataParallel"))

#: Methods of modules (and of tensors and optimisers, for that matter) that return what they are called on.
METHODS_THAT_KEEP = frozenset(
    {
        "to", "cuda", "cpu", "train", "eval", "float", "half", "double", "bfloat16", "type", "requires_grad_",
        "share_memory", "apply", "xpu", "npu", "mps", "to_empty", "to_device", "compile",
    }
)  # fmt: skip

#: Functions that read what an earlier run has saved.
LOADING = frozenset({"torch.load", "joblib.load", "pickle.load", "dill.load"})

#: Methods that hand back their arguments, prepared for devices and processes: one as itself, several as a tuple.
METHODS_THAT_PREPARE = frozenset({"prepare", "prepare_model", "setup", "setup_module", "setup_model"})

#: Objects whose methods do that.
PREPARERS = frozenset(
    {
        "accelerate.Accelerator",
        "accelerate.accelerator.Accelerator",
        "lightning.Fabric",
        "lightning.fabric.Fabric",
        "lightning_fabric.Fabric",
        "pytorch_lightning.lite.LightningLite",
    }
)

#: The same of those that hand back tensors of all processes.
METHODS_THAT_GATHER = frozenset({"gather", "gather_for_metrics", "reduce", "pad_across_processes"})

#: Functions that hand back their first two arguments, or the first if there is no second.
PREPARING_TWO = {
    "apex.amp.initialize": ("models", "optimizers"),
    "intel_extension_for_pytorch.optimize": ("model", "optimizer"),
}

#: `with` blocks and decorators inside which no graph is built.
NO_GRAD = frozenset(
    {"torch.no_grad", "torch.inference_mode", "torch.autograd.no_grad", "torch.autograd.inference_mode"}
)

#: Blocks that turn the graph on again inside such, and those that do either as they are told.
WITH_GRAD = frozenset({"torch.enable_grad", "torch.autograd.enable_grad"})
SETTING_GRAD = frozenset({"torch.set_grad_enabled", "torch.autograd.set_grad_enabled"})

#: Functions that call their first argument with the rest.
CALLERS = frozenset({"torch.utils.checkpoint.checkpoint", "torch.func.functional_call"})

#: Functions that call their first argument with the second: a tensor, or a tuple of arguments.
CALLERS_WITH_TUPLE = frozenset({"torch.nn.parallel.data_parallel", "torch.nn.parallel.data_parallel.data_parallel"})

#: Functions that split a dataset in parts.
SPLITTING = frozenset({"torch.utils.data.random_split", "torch.utils.data.dataset.random_split"})
