import Device

extension OpenCLModel {
  func load(_ state: ModelState) throws {
    precondition(state.weights.count == specification.network.depth, "the state is of another network")
    for layer in 0..<specification.network.depth {
      for (name, values) in zip(matrices, [state.weights, state.firstMoments, state.secondMoments]) {
        try write(values[layer], to: "\(name)\(layer)", layer: layer)
      }
      if let mask = buffers["mask\(layer)"] {
        let (inputs, outputs) = specification.network.shape(of: layer)
        try queue.write(padded(state.masks[layer], rows: inputs, columns: outputs), to: mask)
      }
    }
    var step = StepState()
    step.step = state.step
    if let buffer = buffers["state"] { try queue.write(step.words, to: buffer) }
  }

  func state() throws -> ModelState {
    precondition(specification.trains, "an inference model is not read back")
    let layers = 0..<specification.network.depth
    var step = 0
    if let buffer = buffers["state"] {
      step = StepState(words: try queue.read(UInt32.self, from: buffer, count: StepState.wordCount)).step
    }
    return ModelState(
      weights: try layers.map { try read("W\($0)", layer: $0) },
      firstMoments: try layers.map { try read("m\($0)", layer: $0) },
      secondMoments: try layers.map { try read("v\($0)", layer: $0) },
      masks: try layers.map { layer in
        let (inputs, outputs) = specification.network.shape(of: layer)
        if let pattern = specification.pattern(layer) { return pattern.mask }
        guard let mask = buffers["mask\(layer)"] else {
          return [UInt8](repeating: 1, count: inputs * outputs)
        }
        let bytes = try queue.read(UInt8.self, from: mask, count: inputs * leadingDimension(outputs))
        return unpadded(bytes, rows: inputs, columns: outputs)
      }, step: step)
  }

  func enqueuePruning(layer: Int, unit: PruningUnit, count: Int) throws {
    precondition(specification.formats[layer] == .masked, "only a masked layer can be pruned")
    let plan = PruningPlan(
      layer: layer, network: specification.network, unit: unit, count: count, config: config)
    try reserve(plan.buffers)
    for launch in plan.launches {
      try queue.enqueue(BoundKernel(launch, buffers: buffers, in: context))
    }
  }

  func counts() throws -> [LayerCount] {
    try (0..<specification.network.depth).map { layer in
      guard specification.formats[layer] == .masked else { return try countStored(layer) }
      try reserve(["counts": 16])
      guard let counts = buffers["counts"] else { preconditionFailure("just reserved") }
      try queue.fill(counts)
      let launch = PruningPlan.count(layer: layer, network: specification.network, config: config)
      try queue.enqueue(BoundKernel(launch, buffers: buffers, in: context))
      let values = try queue.read(Int32.self, from: counts, count: 4).map(Int.init)
      return LayerCount(
        survivors: values[0], revived: values[1], notFinite: values[2], liveColumns: values[3])
    }
  }

  /// The counts of a layer without a mask: each stored entry survives, and the weights show whether all are finite.
  private func countStored(_ layer: Int) throws -> LayerCount {
    guard let structure = structures[layer], let buffer = buffers["W\(layer)"] else {
      let weights = try read("W\(layer)", layer: layer)
      return LayerCount(
        survivors: weights.values.count, revived: 0, notFinite: weights.values.count { !$0.isFinite },
        liveColumns: weights.columns)
    }
    let values = try queue.read(Float.self, from: buffer, count: structure.indices.count)
    return LayerCount(
      survivors: values.count, revived: 0, notFinite: values.count { !$0.isFinite },
      liveColumns: zip(structure.indptr, structure.indptr.dropFirst()).count { $0 < $1 })
  }

  /// Nothing is pruned and no step was taken; weights and moments of zero are still what they were.
  func forgetWarmUp() throws {
    for layer in 0..<specification.network.depth {
      guard let mask = buffers["mask\(layer)"] else { continue }
      let (inputs, outputs) = specification.network.shape(of: layer)
      let ones = [UInt8](repeating: 1, count: inputs * outputs)
      try queue.write(padded(ones, rows: inputs, columns: outputs), to: mask)
    }
    if let state = buffers["state"] { try queue.write(StepState().words, to: state) }
  }

  // MARK: padding

  private func write(_ matrix: Matrix, to name: String, layer: Int) throws {
    guard let buffer = buffers[name] else { preconditionFailure("no buffer \(name)") }
    let values =
      structures[layer]?.gather(matrix)
      ?? padded(matrix.values, rows: matrix.rows, columns: matrix.columns)
    try queue.write(values, to: buffer)
  }

  private func read(_ name: String, layer: Int) throws -> Matrix {
    guard let buffer = buffers[name] else { preconditionFailure("no buffer \(name)") }
    if let structure = structures[layer] {
      return structure.scatter(try queue.read(Float.self, from: buffer, count: structure.indices.count))
    }
    let (inputs, outputs) = specification.network.shape(of: layer)
    let values = try queue.read(Float.self, from: buffer, count: inputs * leadingDimension(outputs))
    return Matrix(rows: inputs, columns: outputs, values: unpadded(values, rows: inputs, columns: outputs))
  }

  private func padded<T: Numeric>(_ values: [T], rows: Int, columns: Int) -> [T] {
    let ldw = leadingDimension(columns)
    if ldw == columns { return values }
    var result = [T](repeating: 0, count: rows * ldw)
    for row in 0..<rows {
      result.replaceSubrange(
        row * ldw..<row * ldw + columns, with: values[row * columns..<(row + 1) * columns])
    }
    return result
  }

  private func unpadded<T>(_ values: [T], rows: Int, columns: Int) -> [T] {
    let ldw = leadingDimension(columns)
    if ldw == columns { return values }
    var result: [T] = []
    result.reserveCapacity(rows * columns)
    for row in 0..<rows { result += values[row * ldw..<row * ldw + columns] }
    return result
  }
}
