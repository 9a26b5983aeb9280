q@# two sorts of bytes in front choose framework and accelerators
def base():
    return Trainer.Config(training=TrainingConfig(local_batch_size=2 * 4, seq_len=4096),
                          names=[f"{x}" for x in [1, 2]], table={(1, 2): "a", "b": None})


def plan(tp: int = 2):
    config = base()
    config.parallelism.tensor_parallel_degree = tp if tp > 1 else 1
    for degree in [1, 2]:
        if degree == 2 and not tp == 3:
            config.parallelism.pipeline_parallel_degree = degree ** 2 // 2
    return config
