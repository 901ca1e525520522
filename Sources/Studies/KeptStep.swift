/// A step of a training whose weights others are set back to, and the file that keeps them.
package struct KeptStep: Sendable {
  /// So many steps have been taken.
  let step: Int
  let path: String
}
