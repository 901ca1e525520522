/// A tensor of activations as a kernel is given it: its buffer, and where its pixels are.
package struct TensorOperand: Sendable, Equatable {
  package let tensor: BufferID
  let layout: TensorLayout

  package init(_ tensor: BufferID, _ layout: TensorLayout) { (self.tensor, self.layout) = (tensor, layout) }

  var arguments: [Launch.Argument] { [.buffer(tensor), .view(layout.view)] }
}

extension PlanBuilder {
  /// A tensor with its layout.
  mutating func operand(_ id: TensorID) -> TensorOperand { TensorOperand(tensor(id), layout(id)) }
}
