import Device

extension OpenCLModel {
  func load(_ state: ModelState) throws {
    precondition(state.parameters.count == parameters.count, "the state is of another network")
    isPacked = false
    // An inference model may have given them back.
    for parameter in parameters { try reserve(parameter) }
    for parameter in parameters {
      let own = state[parameter]
      let parts = specification.floatParts
      for (part, matrix) in zip(parts, own.matrices(slots: parts.count - 1)) {
        try write(matrix, to: part, of: parameter)
      }
      if let mask = buffers[.parameter(parameter, .mask)] {
        try queue.write(padded(own.mask, rows: own.value.rows, columns: own.value.columns), to: mask)
      }
    }
    step = state.step
    var progress = StepState()
    progress.step = step
    if let buffer = buffers[.state] { try queue.write(progress.words, to: buffer) }
    try packForGood()
  }

  func load(values: [Matrix]) throws {
    precondition(values.count == parameters.count, "the values are of another network")
    isPacked = false
    for (parameter, matrix) in zip(parameters, values) { try write(matrix, to: .value, of: parameter) }
  }

  func state() throws -> ModelState {
    precondition(specification.trains, "an inference model is not read back")
    try readTopologies()
    var step = 0
    if let buffer = buffers[.state] {
      step = StepState(words: try queue.read(UInt32.self, from: buffer, count: StepState.wordCount)).step
    }
    return ModelState(
      parameters: try parameters.map { parameter in
        let matrices = try specification.floatParts.map { try read($0, of: parameter) }
        return ParameterState(matrices[0], slots: Array(matrices.dropFirst()), mask: try mask(of: parameter))
      }, step: step)
  }

  private func mask(of parameter: ParameterID) throws -> [UInt8] {
    if let pattern = specification.pattern(parameter) { return pattern.mask }
    let shape = specification.network[parameter]
    guard let mask = buffers[.parameter(parameter, .mask)] else {
      return [UInt8](repeating: 1, count: shape.count)
    }
    let bytes = try queue.read(UInt8.self, from: mask, count: shape.rows * leadingDimension(shape.columns))
    return unpadded(bytes, rows: shape.rows, columns: shape.columns)
  }

  func counts() throws -> [LayerCount] {
    try readTopologies()
    return try parameters.map { parameter in
      guard specification.format(parameter) == .masked else { return try countStored(parameter) }
      try reserve([.scratch(.counts): 16])
      guard let counts = buffers[.scratch(.counts)] else { preconditionFailure("just reserved") }
      try queue.fill(counts)
      let launch = PruningPlan.count(
        LayerWeight(parameter, specification.network[parameter]),
        slots: specification.optimizer.slotParts, config: config)
      try queue.enqueue(BoundKernel(launch, buffers: buffers, in: context))
      let values = try queue.read(Int32.self, from: counts, count: 4).map(Int.init)
      return LayerCount(
        survivors: values[0], revived: values[1], notFinite: values[2], liveColumns: values[3])
    }
  }

  /// The counts of a parameter without a mask: each stored entry survives, and the values show whether all are finite.
  private func countStored(_ parameter: ParameterID) throws -> LayerCount {
    guard let structure = structures[parameter], let buffer = buffers[.parameter(parameter, .value)] else {
      let matrix = try read(.value, of: parameter)
      return LayerCount(
        survivors: matrix.values.count, revived: 0, notFinite: matrix.values.count { !$0.isFinite },
        liveColumns: matrix.columns)
    }
    let values = try queue.read(Float.self, from: buffer, count: structure.indices.count)
    return LayerCount(
      survivors: values.count, revived: 0, notFinite: values.count { !$0.isFinite },
      liveColumns: zip(structure.indptr, structure.indptr.dropFirst()).count { $0 < $1 })
  }

  /// Nothing is pruned and no step was taken; parameters and slots are zero.
  func forgetWarmUp() throws {
    isPacked = false
    for parameter in parameters {
      for part in specification.floatParts {
        if let buffer = buffers[.parameter(parameter, part)] { try queue.fill(buffer) }
      }
      guard let mask = buffers[.parameter(parameter, .mask)] else { continue }
      let shape = specification.network[parameter]
      let ones = [UInt8](repeating: 1, count: shape.count)
      try queue.write(padded(ones, rows: shape.rows, columns: shape.columns), to: mask)
    }
    step = 0
    if let state = buffers[.state] { try queue.write(StepState().words, to: state) }
  }

  // MARK: padding

  private func write(_ matrix: Matrix, to part: ParameterPart, of parameter: ParameterID) throws {
    guard let buffer = buffers[.parameter(parameter, part)] else { preconditionFailure("no \(part)") }
    let values =
      structures[parameter]?.gather(matrix)
      ?? padded(matrix.values, rows: matrix.rows, columns: matrix.columns)
    try queue.write(values, to: buffer)
  }

  private func read(_ part: ParameterPart, of parameter: ParameterID) throws -> Matrix {
    guard let buffer = buffers[.parameter(parameter, part)] else { preconditionFailure("no \(part)") }
    if let structure = structures[parameter] {
      return structure.scatter(try queue.read(Float.self, from: buffer, count: structure.indices.count))
    }
    return try readRows(of: buffer, specification.network[parameter])
  }

  /// Reads an array that holds every entry of a parameter.
  func readRows(of buffer: DeviceBuffer, _ parameter: Parameter) throws -> Matrix {
    let (rows, columns) = (parameter.rows, parameter.columns)
    let values = try queue.read(Float.self, from: buffer, count: rows * leadingDimension(columns))
    return Matrix(rows: rows, columns: columns, values: unpadded(values, rows: rows, columns: columns))
  }

  func padded<T: Numeric>(_ values: [T], rows: Int, columns: Int) -> [T] {
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
