import Device

/// The launches around those of a pruning event by which a sparse weight loses entries: what ranks its entries and their mask are
/// written out, as a masked weight has them, and what the mask then keeps is gathered. See `topology.cl`.
package struct EntryPruningPlan {
  /// What comes before the event's launches, in order: `matrix` and `mask` have to be zeros before.
  package private(set) var before: [Launch] = []
  /// What comes after them, in order.
  package private(set) var after: [Launch] = []
  /// Bytes of the buffers that they need.
  package let buffers: [BufferID: Int]
  /// What stands in, in the event's launches, for the parts of the weight that they are about.
  package let standIns: [BufferID: BufferID]
  /// Where what ranks the entries is written out.
  package let matrix: BufferID
  /// Where their mask is.
  package let mask: BufferID

  /// - Parameters:
  ///   - capacity: at least as many entries as the weight has.
  ///   - hasRows: whether the entries' order by rows is kept, too.
  ///   - slots: the optimizer's, which entries take with them.
  ///   - criterion: what ranks the entries.
  package init(
    _ weight: LayerWeight, capacity: Int, hasRows: Bool, slots: [ParameterPart],
    criterion: any Criterion = Magnitude(), config: KernelConfig
  ) {
    let topology = TopologyLaunches(weight, capacity: capacity, slots: slots, config: config)
    let ldw = leadingDimension(weight.outputs)
    let floats = weight.inputs * ldw
    (matrix, mask) = (.scratch(.matrix(weight.id)), .scratch(.mask(weight.id)))
    var buffers = topology.buffers
    buffers[matrix] = floats * 4
    buffers[mask] = floats
    let ranked = criterion.ranked(slots)
    var standIns = [
      BufferID.parameter(weight.id, ranked): matrix, .parameter(weight.id, .mask): mask,
    ]
    // Pruning clears value and slots of what goes; those of entries that go are gone with them.
    for (place, part) in ([.value] + slots).filter({ $0 != ranked }).enumerated() {
      buffers[.scratch(.matrixSlot(place))] = floats * 4
      standIns[.parameter(weight.id, part)] = .scratch(.matrixSlot(place))
    }
    (self.buffers, self.standIns) = (buffers, standIns)
    let structure = [weight.buffer(.columnStarts), weight.buffer(.rowIndices)]
    before = [
      topology.launch(
        "topology_expand",
        [.int(weight.outputs), .int(ldw)] + structure + [
          weight.buffer(ranked), .buffer(matrix), .buffer(mask),
        ],
        topology.columns, bytes: 17 * capacity)
    ]
    after =
      [
        topology.launch(
          "topology_count",
          [.int(weight.outputs), .int(ldw)] + structure + [.buffer(mask), TopologyLaunches.starts],
          topology.columns, bytes: 5 * capacity),
        topology.starts(weight.outputs, TopologyLaunches.starts),
        topology.launch(
          "topology_keep",
          [.int(weight.outputs), .int(ldw)] + structure + [weight.buffer(.value)] + slots.map(weight.buffer)
            + [.buffer(mask), TopologyLaunches.starts, TopologyLaunches.newValues] + topology.newSlots
            + [TopologyLaunches.newRows],
          topology.columns, bytes: (9 + 2 * topology.entryBytes) * capacity),
        topology.store,
      ] + (hasRows ? topology.rows : [])
  }
}
