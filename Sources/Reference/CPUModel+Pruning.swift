import GraphExec

extension CPUModel {
  func enqueuePruning(_ event: PruningEvent) throws {
    if specification.ranking.criterion.needsGradients { reserveGradients() }
    let pools = specification.pools(of: event)
    let keys = flushingDenormals { pools.map { self.keys(of: $0, isMean: pools.count > 1) } }
    if let groups = specification.network.groups(of: event) {
      let (columns, part) = (pools[0].ranked[0].parameter.outputs, pools[0].ranked[0])
      let chosen = CandidateSelection.lowest(
        event.count / (groups.count * columns), of: keys[0], in: groups, columns: columns)
      return prune(chosen, of: part)
    }
    let count = event.count(of: pools.map(\.count))
    let chosen = CandidateSelection.lowest(count, of: keys, minimum: event.minimumSurvivors)
    for (pool, candidates) in zip(pools, chosen) {
      for part in pool.ranked + pool.others { prune(candidates, of: part) }
    }
  }

  /// What the criterion ranks a pool's candidates by.
  ///
  /// - Parameter isMean: whether units of several sizes are compared.
  private func keys(of pool: CandidatePool, isMean: Bool) -> [UInt32] {
    let criterion = specification.ranking.criterion
    let first = pool.ranked[0]
    let mask = masks[first.parameter.id.index]
    guard !pool.isOfEntries else {
      let ranks = withEntries(of: first.parameter.id) { criterion.ranks($0, bits: pool.bits) }
      return zip(ranks, mask).map { CandidateSelection.key($0, isPruned: $1 == 0) }
    }
    let factor = isMean ? pool.meanFactor : 1
    return sums(of: pool, criterion).enumerated().map { block, sum in
      CandidateSelection.key(
        criterion.rank(sum * factor, bits: pool.bits(block)),
        isPruned: mask[first.grid.firstEntry(of: block)] == 0)
    }
  }

  /// The sums over the entries of each candidate in the parameters that rank it, in the order that kernels take: through the
  /// parameters, in each through the block's columns, in each from the top down.
  private func sums(of pool: CandidatePool, _ criterion: any Criterion) -> [Float] {
    var sums = [Float](repeating: 0, count: pool.count)
    for part in pool.ranked {
      withEntries(of: part.parameter.id) { entries in
        for block in sums.indices {
          let rows = part.grid.rows(of: block)
          sums[block] = part.grid.columns(of: block).reduce(sums[block]) {
            criterion.sum($0, over: entries, column: $1, rows: rows, of: part.parameter.outputs)
          }
        }
      }
    }
    return sums
  }

  /// What the criterion goes by of a parameter's entries: their values, the products of these and the gradients, or their movement.
  private func withEntries<Result>(
    of parameter: ParameterID, _ body: (UnsafeMutableBufferPointer<Float>) -> Result
  ) -> Result {
    if specification.ranking.criterion.needsMovement, let movement = slots(of: parameter).last {
      return body(movement)
    }
    let values = value(parameter)
    guard specification.ranking.criterion.needsGradients else { return body(values) }
    var products = zip(values, gradient(of: parameter)).map { $0 * $1 }
    return products.withUnsafeMutableBufferPointer { body($0) }
  }

  /// Masks candidates and clears what was remembered of their entries; those masked before stay as they are.
  private func prune(_ candidates: [Int], of part: CandidatePool.Part) {
    let (id, columns) = (part.parameter.id, part.parameter.outputs)
    let (values, slots) = (value(id), slots(of: id))
    func clear(_ entry: Int) {
      guard masks[id.index][entry] != 0 else { return }
      masks[id.index][entry] = 0
      values[entry] = 0
      for slot in slots { slot[entry] = 0 }
    }
    for block in candidates {
      let own = part.grid.columns(of: block)
      for row in part.grid.rows(of: block) {
        (row * columns + own.lowerBound..<row * columns + own.upperBound).forEach(clear)
      }
    }
  }
}

extension Criterion {
  /// The sum once a column's entries in these rows are added, from the top down; a loop for each criterion.
  fileprivate func sum(
    _ sum: Float, over values: UnsafeMutableBufferPointer<Float>, column: Int, rows: Range<Int>,
    of columns: Int
  ) -> Float {
    rows.reduce(sum) { self.sum($0, adding: values[$1 * columns + column]) }
  }
}
