import GraphExec

extension Compaction {
  /// The state of the smaller network: weights, moments and masks of the kept units; the same step.
  ///
  /// - Parameter state: of the original network.
  public func compact(_ state: ModelState) -> ModelState {
    ModelState(
      weights: compact(state.weights), firstMoments: compact(state.firstMoments),
      secondMoments: compact(state.secondMoments),
      masks: state.masks.enumerated().map { layer, mask in block(layer).gather(mask) }, step: state.step)
  }

  /// The weight matrices, or others of their shapes, of the smaller network.
  public func compact(_ matrices: [Matrix]) -> [Matrix] {
    matrices.enumerated().map { layer, matrix in
      let block = block(layer)
      return Matrix(
        rows: block.rows.count, columns: block.columns.count, values: block.gather(matrix.values))
    }
  }

  /// The surviving entries of each layer that lie between kept units.
  public func survivors(of masks: [[UInt8]]) -> [Int] {
    masks.enumerated().map { layer, mask in block(layer).gather(mask).count { $0 != 0 } }
  }

  /// The state of the original network after the smaller one has changed: `base` with the entries between kept units
  /// replaced, and the step of `small`.
  ///
  /// - Parameters:
  ///   - small: a state of the smaller network.
  ///   - base: what the removed entries keep; usually the state that was compacted.
  public func expand(_ small: ModelState, into base: ModelState) -> ModelState {
    var state = base
    state.weights = expand(small.weights, into: base.weights)
    state.firstMoments = expand(small.firstMoments, into: base.firstMoments)
    state.secondMoments = expand(small.secondMoments, into: base.secondMoments)
    for layer in 0..<network.depth { block(layer).scatter(small.masks[layer], into: &state.masks[layer]) }
    state.step = small.step
    return state
  }

  /// Matrices of the original shapes: `base` with the entries between kept units replaced.
  public func expand(_ small: [Matrix], into base: [Matrix]) -> [Matrix] {
    var matrices = base
    for layer in 0..<network.depth {
      block(layer).scatter(small[layer].values, into: &matrices[layer].values)
    }
    return matrices
  }

  private func block(_ layer: Int) -> Block {
    Block(rows: kept[layer], columns: kept[layer + 1], width: network.shape(of: layer).outputs)
  }

  /// The rows and columns of a row-major matrix, `width` columns wide, that are kept.
  private struct Block {
    let rows: [Int]
    let columns: [Int]
    let width: Int

    func gather<Element>(_ whole: [Element]) -> [Element] {
      // Most layers of a weight-pruned network lose nothing.
      if rows.count * columns.count == whole.count { return whole }
      var part: [Element] = []
      part.reserveCapacity(rows.count * columns.count)
      for row in rows {
        for column in columns { part.append(whole[row * width + column]) }
      }
      return part
    }

    func scatter<Element>(_ part: [Element], into whole: inout [Element]) {
      precondition(part.count == rows.count * columns.count, "the state is not of the compacted network")
      var next = 0
      for row in rows {
        for column in columns {
          whole[row * width + column] = part[next]
          next += 1
        }
      }
    }
  }
}
