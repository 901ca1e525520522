/// Tensors take buffers in turn: those of one layout that are never needed at the same time have one.
///
/// So gradients, which are read soon after they are written, take a few buffers in all, and those that activations no longer
/// need. Only one layout at a time has a buffer: the zeros of its border lie where nothing of another tensor comes.
extension Plan {
  /// Gives the tensors of activations their buffers, once all launches are there.
  ///
  /// - Parameters:
  ///   - layouts: of the tensors that may take turns. Each is written whole, border aside, by the first launch that names it.
  ///   - kept: what is read after the last launch.
  mutating func takeTurns(_ layouts: [TensorID: TensorLayout], kept: TensorID?) {
    var turns: [(tensor: TensorID, first: Int, last: Int)] = []
    var places: [TensorID: Int] = [:]
    for (index, launch) in launches.enumerated() {
      for case .buffer(.tensor(let tensor)) in launch.arguments where layouts[tensor] != nil {
        if let place = places[tensor] {
          turns[place].last = index
        } else {
          places[tensor] = turns.count
          turns.append((tensor, index, index))
        }
      }
    }
    if let kept, let place = places[aliases[kept] ?? kept] { turns[place].last = launches.count }
    // Of each layout's buffers, the last launch that needs what is in them.
    var needed: [TensorLayout: [Int]] = [:]
    for turn in turns {
      guard let layout = layouts[turn.tensor] else { continue }
      var own = needed[layout] ?? []
      let free = own.firstIndex { $0 < turn.first } ?? own.count
      if free == own.count { own.append(turn.last) } else { own[free] = turn.last }
      needed[layout] = own
      let id = BufferID.activations(layout, free)
      homes[turn.tensor] = id
      buffers[id] = buffers.removeValue(forKey: .tensor(turn.tensor))
    }
    launches = launches.map { $0.renaming(homes) }
  }
}

extension Launch {
  /// The same launch on the buffers that tensors have.
  fileprivate func renaming(_ homes: [TensorID: BufferID]) -> Launch {
    var launch = self
    launch.arguments = arguments.map { argument in
      if case .buffer(.tensor(let tensor)) = argument, let home = homes[tensor] {
        .buffer(home)
      } else {
        argument
      }
    }
    launch.block = block?.renaming(homes)
    return launch
  }
}
