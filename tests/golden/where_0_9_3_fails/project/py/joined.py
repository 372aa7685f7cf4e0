def joined(frames, spark, parameters):
    return frames[0].join(frames[1], "id")
