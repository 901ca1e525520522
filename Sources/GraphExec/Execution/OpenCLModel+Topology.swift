import Device

extension OpenCLModel {
  func enqueueTopology(_ event: TopologyEvent) throws {
    // Where no input gradient walks the rows, as in a network's first layer and in convolutions, they are not kept.
    let rows = BufferID.parameter(event.weight, .rowStarts)
    let plan = TopologyPlan(event, of: specification, hasRows: buffers[rows] != nil, config: config)
    // The kernels of a convolution read tables that are made of these.
    try reserve(event.weight, [.columnStarts, .rowIndices])
    try reserve(plan.buffers(config))
    for launch in plan.launches {
      try queue.enqueue(BoundKernel(launch, buffers: buffers, in: context))
    }
    changedTopologies.insert(event.weight)
    staleTables.insert(event.weight)
  }

  /// Works out anew where the kernels of convolutions whose topology changed find what they read, which the host does: once
  /// for all of them, before what reads it next.
  func renewTables() throws {
    func isStale(_ id: BufferID) -> Bool {
      if case .table(let weight, _) = id { staleTables.contains(weight) } else { false }
    }
    defer { staleTables = [] }
    guard !staleTables.isEmpty, buffers.keys.contains(where: isStale) else { return }
    try readTopologies()
    for (id, values) in try plan(.bytes, .training).tables where isStale(id) {
      if let buffer = buffers[id], !values.isEmpty { try queue.write(values, to: buffer) }
    }
  }

  /// Runs the kernels of a change once, which changes nothing.
  func warmUpTopology() throws {
    guard specification.regrowth != nil else { return }
    for weight in parameters where specification.pattern(weight) != nil {
      try enqueueTopology(TopologyEvent(weight, count: 0, step: 0))
    }
    try renewTables()
    changedTopologies = []
  }

  /// Reads the structure of the weights whose topology changed on the device.
  func readTopologies() throws {
    for weight in changedTopologies {
      guard let pattern = specification.pattern(weight),
        let starts = buffers[.parameter(weight, .columnStarts)],
        let rows = buffers[.parameter(weight, .rowIndices)]
      else { preconditionFailure("a sparse weight has its structure") }
      let columnStarts = try queue.read(Int32.self, from: starts, count: pattern.columns + 1)
      let changed = SparsePattern(
        columnStarts: columnStarts,
        rowIndices: try queue.read(Int32.self, from: rows, count: Int(columnStarts[pattern.columns])),
        rows: pattern.rows)
      setPattern(changed, of: weight)
    }
    changedTopologies = []
  }
}
