import GraphExec

extension Compaction {
  /// The state of the smaller network: values, slots and masks of the kept units; the same step.
  ///
  /// - Parameter state: of the original network.
  public func compact(_ state: ModelState) -> ModelState {
    ModelState(
      parameters: state.parameters.enumerated().map { index, own in
        let block = block(ParameterID(index))
        return ParameterState(
          block.gather(own.value), slots: own.slots.map(block.gather), mask: block.gather(own.mask))
      }, step: state.step)
  }

  /// The surviving entries of each parameter that lie between kept units.
  public func survivors(of masks: [[UInt8]]) -> [Int] {
    masks.enumerated().map { index, mask in
      block(ParameterID(index)).gather(mask).count { $0 != 0 }
    }
  }

  /// The state of the original network after the smaller one has changed: `base` with the entries between kept units
  /// replaced, and the step of `small`.
  ///
  /// - Parameters:
  ///   - small: a state of the smaller network.
  ///   - base: what the removed entries keep; usually the state that was compacted.
  public func expand(_ small: ModelState, into base: ModelState) -> ModelState {
    var state = base
    for (index, own) in small.parameters.enumerated() {
      let block = block(ParameterID(index))
      block.scatter(own.value.values, into: &state.parameters[index].value.values)
      if state.parameters[index].slots.isEmpty {
        let zeros = Matrix(
          rows: state.parameters[index].value.rows, columns: state.parameters[index].value.columns)
        state.parameters[index].slots = own.slots.map { _ in zeros }
      }
      for slot in own.slots.indices {
        block.scatter(own.slots[slot].values, into: &state.parameters[index].slots[slot].values)
      }
      block.scatter(own.mask, into: &state.parameters[index].mask)
    }
    state.step = small.step
    return state
  }

  private func block(_ parameter: ParameterID) -> Block {
    let kept = kept(of: parameter)
    return Block(rows: kept.rows, columns: kept.columns, width: network[parameter].columns)
  }

  /// The rows and columns of a row-major matrix, `width` columns wide, that are kept.
  private struct Block {
    let rows: [Int]
    let columns: [Int]
    let width: Int

    func gather(_ matrix: Matrix) -> Matrix {
      Matrix(rows: rows.count, columns: columns.count, values: gather(matrix.values))
    }

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
