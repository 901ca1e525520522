import GraphExec

extension CPUModel {
  func enqueueGradients(on set: any ResidentSet, images: [Int32]) throws {
    precondition(specification.trains, "an inference model has no gradients")
    precondition(!images.isEmpty, "gradients are those of some images")
    let set = cpuSet(set)
    reserveGradients()
    // The steps to come would draw the same random bits.
    let before = step
    defer { step = before }
    for first in Swift.stride(from: 0, to: images.count, by: specification.batchSize) {
      step += 1
      var batch = HostBatch(
        set: set, images: images[first..<min(first + specification.batchSize, images.count)],
        totals: EpochTotals(loss: 0, correct: 0, images: 0))
      try flushingDenormals { try run(gradientGraphs[first == 0 ? 0 : 1], &batch) }
    }
  }

  func enqueueFlowGradients(scale: Float) throws {
    precondition(specification.trains, "an inference model has no gradients")
    reserveGradients()
    let size = specification.network.inputs
    let image = HostImages(
      features: .floats([Float](repeating: scale, count: size)), labels: [0], size: size)
    var batch = HostBatch(
      set: CPUSet(image), images: [0], totals: EpochTotals(loss: 0, correct: 0, images: 0))
    let graph = try forward.flow(scale: scale)
    try flushingDenormals { try run(graph, &batch) }
  }

  func load(gradients: [Matrix]) throws {
    reserveGradients()
    for (weight, matrix) in zip(specification.network.weights, gradients) {
      array(.parameter(weight, .gradient)).copy(from: matrix.values)
    }
  }

  func gradients() throws -> [Matrix] {
    specification.network.weights.map { weight in
      let shape = specification.network[weight]
      return Matrix(rows: shape.rows, columns: shape.columns, values: Array(gradient(of: weight)))
    }
  }
}
