import Device

extension OpenCLModel {
  func enqueuePruning(_ event: PruningEvent) throws {
    let plan = PruningPlan(event, of: specification, config: config)
    if specification.ranking.criterion.needsGradients { try reserveGradients() }
    try reserve(plan.buffers)
    let pruned = Set(plan.launches.flatMap { $0.arguments.compactMap(Self.maskedParameter) })
    let entries = pruned.filter { specification.pattern($0) != nil }.sorted { $0.index < $1.index }.map(
      entryPlan)
    for plan in entries { try expand(plan) }
    var known = buffers
    for (part, standIn) in entries.flatMap(\.standIns) { known[part] = buffers[standIn] }
    for launch in plan.launches { try queue.enqueue(BoundKernel(launch, buffers: known, in: context)) }
    for launch in entries.flatMap(\.after) {
      try queue.enqueue(BoundKernel(launch, buffers: buffers, in: context))
    }
    let changed = pruned.filter { specification.pattern($0) != nil }
    changedTopologies.formUnion(changed)
    staleTables.formUnion(changed)
    isPacked = false
  }

  /// The parameter whose mask an argument is.
  private static func maskedParameter(_ argument: Launch.Argument) -> ParameterID? {
    if case .buffer(.parameter(let parameter, .mask)) = argument { parameter } else { nil }
  }

  private func entryPlan(_ weight: ParameterID) -> EntryPruningPlan {
    // Where no input gradient walks the rows, as in a network's first layer and in convolutions, they are not kept.
    EntryPruningPlan(
      LayerWeight(weight, specification.network[weight]), capacity: specification.pattern(weight)?.count ?? 0,
      hasRows: buffers[.parameter(weight, .rowStarts)] != nil,
      slots: specification.optimizer.slotParts, criterion: specification.ranking.criterion, config: config)
  }

  /// Writes what ranks the entries of a sparse weight out, with zeros between them.
  private func expand(_ plan: EntryPruningPlan) throws {
    try reserve(plan.buffers)
    for id in [plan.matrix, plan.mask] { if let buffer = buffers[id] { try queue.fill(buffer) } }
    for launch in plan.before { try queue.enqueue(BoundKernel(launch, buffers: buffers, in: context)) }
  }
}
