/// The schedules that a learning rate can follow.
public enum RateSchedules {
  /// All of them, in the order in which tables show them; the first is what a config means that names none.
  public static let all: [any RateSchedule.Type] = [ConstantRate.self, StepRate.self, CosineRate.self]
}
