// Made by `lanjian docs` from realtime/wire; instants are RFC 3339 texts, money is fen.

export interface CodeSent {
  ok: boolean;
  resend_after_seconds: number;
}

export interface LoggedIn {
  access_token: string;
  access_expires_at: string;
  refresh_token: string;
  person: PersonView;
}

export interface PeopleView {
  people: readonly (PersonView)[];
  next: string | null;
}

export interface PhotoTaken {
  photo_id: string;
}

export interface AddAddress {
  name: string;
  phone: string;
  region: string;
  address: string;
}

export interface ChangeAddress {
  version: number;
  name: string;
  phone: string;
  region: string;
  address: string;
}

export interface ReadAddress {
  purpose: "edit" | "waybill";
}

export interface AddressView {
  address_id: string;
  masked_name: string;
  masked_phone: string;
  region: string;
  masked_address: string;
  used_at: string;
  version: number;
}

export interface AddressesView {
  addresses: readonly (AddressView)[];
  most: number;
}

export interface FullAddress {
  address_id: string;
  name: string;
  phone: string;
  region: string;
  address: string;
  version: number;
}

export interface HoldSlot {
  slot_id: string;
  request_id: string;
}

export interface BookSlot {
  name: string;
  phone: string;
  plate?: string | undefined;
  vehicle_id?: string | undefined;
  id_photo: string;
  licence_photo: string;
  consent_version: string;
}

export interface Reschedule {
  slot_id: string;
  version: number;
  request_id: string;
}

export interface CancelBooking {
  reason?: string | null | undefined;
}

export interface WaitForSlot {
  slot_id: string;
}

export interface BookingsQuery {
  before?: string | null | undefined;
  limit?: number | undefined;
}

export interface BookingView {
  booking_id: string;
  outlet_id: string;
  slot_id: string;
  starts_at: string;
  ends_at: string;
  state: string;
  papers: string;
  version: number;
  created_at: string;
  server_time: string;
  change_until: string;
  held_until?: string | null | undefined;
  held_longer?: boolean | undefined;
  ended_at?: string | null | undefined;
  reason?: string | null | undefined;
  walk_in?: boolean | undefined;
}

export interface BookingPage {
  bookings: readonly (BookingView)[];
  next?: string | null | undefined;
}

export interface WaitView {
  slot_id: string;
  starts_at: string;
  since: string;
  ahead: number;
}

export interface WaitsView {
  waits: readonly (WaitView)[];
}

export interface BookingChanged {
  type: "booking_changed";
  booking: BookingView;
  step: string;
}

export interface SlotsChanged {
  type: "slots_changed";
  outlet_id: string;
}

export interface SlotCount {
  type: "slot_count";
  slot_id: string;
  free: number;
  capacity: number;
}

export interface BoardPlace {
  address: number;
  channels: number;
}

export interface PortPlace {
  device: string;
  protocol: string;
  baud: number;
  boards: readonly (BoardPlace)[];
}

export interface CellPlace {
  cell: number;
  column: number;
  row: number;
  port: number;
  board: number;
  channel: number;
  height?: number | undefined;
  is_disabled?: boolean | undefined;
}

export interface CabinetLayout {
  ports: readonly (PortPlace)[];
  cells: readonly (CellPlace)[];
  is_drawn?: boolean | undefined;
}

export interface FrameLine {
  at: string;
  way: "sent" | "heard" | "dropped" | "noted" | "folded";
  hex?: string | undefined;
  words?: string | undefined;
  is_error?: boolean | undefined;
}

export interface TellFrames {
  type: "tell_frames";
  id: string;
  port: number;
}

export interface FramesTold {
  type: "frames_told";
  id: string;
  port: number;
  lines?: readonly (FrameLine)[] | undefined;
  refusal?: string | null | undefined;
}

export interface AskOwnCode {
  purpose: "change_phone" | "erase" | "export" | "look";
  device: string;
}

export interface SetDetails {
  name: string;
}

export interface WithCode {
  code: string;
  device: string;
}

export interface AskNewPhoneCode {
  phone: string;
  device: string;
}

export interface ChangePhone {
  phone: string;
  old_code: string;
  new_code: string;
  device: string;
}

export interface StaffChangePhone {
  phone: string;
  code: string;
  reason: string;
}

export interface FindPerson {
  phone: string;
  reason: string;
}

export interface AddVehicle {
  plate: string;
  model: string;
  vin?: string | undefined;
}

export interface ChangeVehicle {
  version: number;
  plate?: string | null | undefined;
  model?: string | null | undefined;
  vin?: string | null | undefined;
}

export interface SetServiceLine {
  version: number;
  phone: string;
  hours_zh: string;
  hours_en: string;
}

export interface ErasureView {
  state: "done" | "none" | "running" | "undone" | "waiting";
  asked_at: string | null;
  due_at: string | null;
}

export interface MyDetails {
  person_id: string;
  masked_name: string | null;
  masked_phone: string;
  agreement_version: string;
  agreed_at: string;
  created_at: string;
  erasure: ErasureView;
}

export interface VehicleView {
  vehicle_id: string;
  masked_plate: string;
  model: string;
  masked_vin: string | null;
  version: number;
}

export interface VehiclesView {
  vehicles: readonly (VehicleView)[];
  most: number;
}

export interface FullVehicle {
  vehicle_id: string;
  plate: string;
  model: string;
  vin: string | null;
}

export interface FullDetails {
  name: string | null;
  phone: string;
  vehicles: readonly (FullVehicle)[];
}

export interface ServiceLineView {
  version: number;
  phone: string | null;
  shown: string | null;
  hours_zh: string;
  hours_en: string;
  at: string | null;
}

export interface ServiceLineVersion {
  version: number;
  phone: string | null;
  shown: string | null;
  hours_zh: string;
  hours_en: string;
  at: string | null;
  by: string;
}

export interface ServiceLineVersions {
  versions: readonly (ServiceLineVersion)[];
}

export interface ExportView {
  state: "asked" | "failed" | "making" | "none" | "over" | "ready";
  asked_at: string | null;
  expires_at: string | null;
  size: number;
}

export interface LinkView {
  path: string;
  expires_at: string;
}

export interface ApplyForCertification {
  real_name: string;
  id_number: string;
  employer: string;
  staff_number: string;
  expires_on: string;
  photo_id: string;
}

export interface FindCouriers {
  text: string;
}

export interface CourierView {
  person: PersonView;
  masked_name: string | null;
}

export interface RefuseApplication {
  reason: "employer_unconfirmed" | "name_differs" | "not_an_id" | "number_differs" | "other" | "papers_expired" | "photo_unclear";
  note?: string | null | undefined;
}

export interface ApplicationView {
  application_id: string;
  state: string;
  masked_name: string;
  masked_id_number: string;
  employer: string;
  masked_staff_number: string;
  expires_at: string;
  applied_at: string;
  reason: string | null;
  note: string | null;
}

export interface CertificationView {
  state: string;
  may_apply: boolean;
  until: string | null;
  reason: string | null;
  application: ApplicationView | null;
}

export interface CertificationsPapersView {
  application_id: string;
  person_id: string;
  masked_phone: string;
  certification: string;
  real_name: string;
  id_number: string;
  employer: string;
  staff_number: string;
  photo_id: string;
  expires_at: string;
  applied_at: string;
  holder: string | null;
}

export interface ApplicationsView {
  applications: readonly (CertificationsPapersView)[];
}

export interface SayComplaint {
  text: string;
  kind?: "damaged" | "lost" | "other" | "overcharged" | null | undefined;
  photos?: readonly (string)[] | undefined;
  messages?: number | undefined;
}

export interface AnswerComplaint {
  text: string;
  version: number;
  settle?: boolean | undefined;
  photos?: readonly (string)[] | undefined;
}

export interface AssignComplaint {
  mine: boolean;
  version: number;
}

export interface ComplaintsQuery {
  state?: string | undefined;
  mine?: boolean | undefined;
  after?: string | undefined;
  limit?: number | undefined;
}

export interface ComplaintMessage {
  side: string;
  at: string;
  text: string;
  photos: readonly (string)[];
  by: string | null;
}

export interface ComplaintRefund {
  refund_id: string;
  amount_fen: number;
  state: string;
  reason: string;
  asked_at: string;
}

export interface ComplaintView {
  order_id: string;
  version: number;
  kind: string;
  state: string;
  opened_at: string;
  state_since: string;
  messages: readonly (ComplaintMessage)[];
  refunds: readonly (ComplaintRefund)[];
  until: string | null;
  assignee: string | null;
  customer_id: string | null;
}

export interface OwnComplaint {
  complaint: ComplaintView | null;
}

export interface ComplaintLine {
  order_id: string;
  version: number;
  kind: string;
  state: string;
  opened_at: string;
  state_since: string;
  messages: number;
  assignee: string | null;
}

export interface ComplaintPage {
  complaints: readonly (ComplaintLine)[];
  counts: Readonly<Record<string, number>>;
  next: string | null;
}

export interface AssignOrder {
  courier_id: string;
  offer_version: number;
  held_by?: string | null | undefined;
  reason: string;
}

export interface UnassignOrder {
  offer_version: number;
  reason: string;
}

export interface CandidateView {
  courier_id: string;
  masked_phone: string;
  on_duty: boolean;
  carrying: number;
  cap: number;
  metres: number | null;
  seen_at: string | null;
  why_not: string | null;
}

export interface CandidatesView {
  order_id: string;
  couriers: readonly (CandidateView)[];
}

export interface StuckQuery {
  kind?: string | undefined;
}

export interface FixView {
  name: string;
  method: string;
  path: string;
  page: string;
  body: Readonly<Record<string, string | number | boolean>>;
  asks: readonly (string)[];
}

export interface StuckView {
  kind: string;
  subject: string;
  since: string;
  fixes: readonly (FixView)[];
  order_id: string | null;
  custody: string | null;
  charge: string | null;
  terminal_id: string | null;
  cell: number | null;
  courier_id: string | null;
  fen: number | null;
  trouble: string | null;
}

export interface StuckPage {
  stuck: readonly (StuckView)[];
  counts: Readonly<Record<string, number>>;
  cut: boolean;
}

export interface StoryEntry {
  at: string;
  source: string;
  what: string;
  by: string | null;
  version: number | null;
  details: Readonly<Record<string, string | number | boolean | null>>;
}

export interface StoryView {
  order_id: string;
  entries: readonly (StoryEntry)[];
  cut: readonly (string)[];
}

export interface MomentView {
  version: number;
  at: string;
  step: string;
  by: string;
  custody: string;
  charge: string;
  payout: string;
  terminal_id: string | null;
  cell: number | null;
  door: string | null;
  courier_id: string | null;
  offer_version: number | null;
  ring: number | null;
}

export interface OrderReplay {
  order_id: string;
  cells: readonly (number)[];
  moments: readonly (MomentView)[];
  cut: boolean;
}

export interface ReplayQuery {
  since?: string | null | undefined;
  until?: string | null | undefined;
  after?: string | undefined;
  limit?: number | undefined;
}

export interface DoorAt {
  cell: number;
  size: string;
  door: string;
}

export interface DoorMoment {
  at: string;
  told_at: string;
  cell: number;
  kind: string;
  door: string;
  order_id: string | null;
  purpose: string | null;
  by: string | null;
}

export interface TerminalReplay {
  terminal_id: string;
  name: string;
  since: string;
  until: string;
  doors: readonly (DoorAt)[];
  moments: readonly (DoorMoment)[];
  next: string | null;
}

export interface Enrol {
  type: "enrol";
  id: string;
  protocol: number;
  terminal_id: string;
  token: string;
  public_key: string;
  signature: string;
}

export interface Enrolled {
  type: "enrolled";
  id: string;
}

export interface BootChallenge {
  type: "boot_challenge";
  id: string;
  nonce: string;
}

export interface BootProof {
  type: "boot_proof";
  id: string;
  signature: string;
}

export interface BlockBody {
  kind: "heading" | "list" | "paragraph" | "picture";
  text?: string | undefined;
  items?: readonly (string)[] | undefined;
  picture?: string | undefined;
}

export interface EnterprisesQuery {
  name?: string | undefined;
  region?: string | undefined;
  skip?: number | undefined;
  limit?: number | undefined;
}

export interface EnterpriseView {
  enterprise_id: string;
  name: string;
  region: string;
  active: boolean;
  page_version: number;
  version: number;
}

export interface EnterprisesView {
  enterprises: readonly (EnterpriseView)[];
  next: number | null;
}

export interface EnterprisePageView {
  enterprise: EnterpriseView;
  blocks: readonly (BlockBody)[];
}

export interface NewEnterprise {
  name: string;
  region: string;
}

export interface EditEnterprise {
  version: number;
  name: string;
  region: string;
  active: boolean;
}

export interface SavePage {
  base: number;
  blocks: readonly (BlockBody)[];
}

export interface PublishPage {
  number: number;
  version: number;
}

export interface PagesQuery {
  before?: number | null | undefined;
  limit?: number | undefined;
}

export interface SavedPageView {
  number: number;
  saved_by: string;
  saved_at: string;
  published: boolean;
}

export interface SavedPagesView {
  pages: readonly (SavedPageView)[];
  next: number | null;
}

export interface PageView {
  enterprise_id: string;
  number: number;
  blocks: readonly (BlockBody)[];
  saved_by: string;
  saved_at: string;
}

export interface PictureTaken {
  picture: string;
  path: string;
}

export interface Request {
  id: string;
}

export interface AgentRequest {
  id: string;
}

export interface Reply {
  type: "reply";
  id: string;
  result?: unknown | Readonly<Record<string, unknown>> | null | undefined;
}

export interface Failure {
  type: "error";
  id?: string | null | undefined;
  code: string;
  message: string;
  field?: string | null | undefined;
  rule?: string | null | undefined;
  details?: Readonly<Record<string, unknown>> | null | undefined;
}

export interface Position {
  epoch: string;
  offset: number;
}

export interface FinanceDayQuery {
  day: string;
}

export interface StatementView {
  wallet: string;
  day: string;
  done: boolean;
  problem: string | null;
  fetched_at: string | null;
  lines: number;
  payments_fen: number;
  refunds_fen: number;
  transfers_fen: number;
  fee_fen: number;
  differences: number;
}

export interface StatementsQuery {
  before?: string | null | undefined;
  limit?: number | undefined;
}

export interface StatementsView {
  statements: readonly (StatementView)[];
  next: string | null;
}

export interface FetchStatement {
  wallet: "alipay" | "wechat";
  day: string;
  note: string;
}

export interface DifferenceView {
  difference_id: string;
  wallet: string;
  day: string;
  kind: string;
  flow: string;
  number: string;
  transaction: string | null;
  ours_fen: number | null;
  theirs_fen: number | null;
  fee_fen: number | null;
  suspense_fen: number;
  state: string;
  found_at: string;
  note: string;
  booked: boolean;
  resolved_by: string | null;
  resolved_at: string | null;
}

export interface DifferencesQuery {
  state?: "all" | "cleared" | "open" | "resolved" | undefined;
  day?: string | null | undefined;
  after?: string | undefined;
  limit?: number | undefined;
}

export interface DifferencesView {
  differences: readonly (DifferenceView)[];
  next: string | null;
}

export interface ResolveDifference {
  difference_id: string;
  note: string;
  book?: boolean | undefined;
}

export interface RequestInvoice {
  kind: "company" | "personal";
  title: string;
  email: string;
  tax_number?: string | undefined;
}

export interface InvoiceView {
  order_id: string;
  state: string;
  kind: string;
  title: string;
  tax_number: string;
  email: string;
  amount_fen: number;
  note: string;
  requested_at: string;
  decided_at: string | null;
  may_change: boolean;
}

export interface OrderInvoiceView {
  invoice: InvoiceView | null;
  may_ask: boolean;
}

export interface InvoicesQuery {
  state?: "issued" | "refused" | "requested" | undefined;
  before?: string | undefined;
  limit?: number | undefined;
}

export interface InvoicesView {
  invoices: readonly (InvoiceView)[];
  next: string | null;
}

export interface DecideInvoice {
  state: "issued" | "refused";
  note: string;
}

export interface FleetQuery {
  skip?: number | undefined;
  limit?: number | undefined;
}

export interface ReasonView {
  kind: string;
  severity: number;
  level: string;
  zh: string;
  en: string;
  since: string | null;
  cell: number | null;
}

export interface PortView {
  device: string;
  protocol: string;
  state: string;
  reason: string | null;
  exchanges: number;
  silences: number;
  dropped_bytes: number;
  checksum_errors: number;
  error_percent: number;
}

export interface BoardView {
  device: string;
  address: number;
  is_answering: boolean;
  fault: string | null;
}

export interface MachineView {
  at: string;
  ports: readonly (PortView)[];
  boards: readonly (BoardView)[];
  spooled: number;
  disk_free_bytes: number | null;
  disk_error: string | null;
  clock_off_by_seconds: number | null;
  uptime_seconds: number;
}

export interface DoorsView {
  open: number;
  left_open: readonly (number)[];
  tampered: readonly (number)[];
  stale: number;
  unknown: number;
  tampered_day: number;
  jammed_day: number;
}

export interface SizeView {
  free: number;
  held: number;
  occupied: number;
  out_of_service: number;
  not_ready: number;
}

export interface FleetTerminalView {
  terminal_id: string;
  name: string;
  online: boolean;
  link_since: string | null;
  agent_version: string | null;
  agent_outdated: boolean;
  level: string;
  worst: readonly (ReasonView)[];
  doors: DoorsView;
  cells: Readonly<Record<string, SizeView>>;
  out_of_service: readonly (number)[];
  parcels: number;
  overdue: number;
  overdue_since: string | null;
  live_grants: number;
  machine: MachineView | null;
}

export interface FleetView {
  at: string;
  total: number;
  levels: Readonly<Record<string, number>>;
  newest_agent: string | null;
  terminals: readonly (FleetTerminalView)[];
}

export interface HistoryQuery {
  cell?: number | null | undefined;
  before?: string | undefined;
  limit?: number | undefined;
}

export interface DoorEventView {
  spool: string;
  number: number;
  cell: number;
  kind: string;
  state: string;
  at: string;
  applied_at: string;
  source: string | null;
  evidence: string | null;
  item: boolean | null;
  reason: string | null;
  command_id: string | null;
  purpose: string | null;
  asked_by: string | null;
  order_id: string | null;
}

export interface HistoryView {
  events: readonly (DoorEventView)[];
  next: string | null;
}

export interface FramesQuery {
  port?: number | undefined;
}

export interface AskFrames {
  port?: number | undefined;
}

export interface FramesAsked {
  request: string;
  asked_at: string;
}

export interface FramesView {
  terminal_id: string;
  port: number;
  device: string;
  protocol: string;
  request: string | null;
  asked_at: string | null;
  waits: boolean;
  told_at: string | null;
  refusal: string | null;
  lines: readonly (FrameLine)[];
}

export interface AlertsQuery {
  all?: boolean | undefined;
  terminal_id?: string | undefined;
  before?: string | undefined;
  limit?: number | undefined;
}

export interface AlertView {
  alert_id: string;
  kind: string;
  terminal_id: string;
  cell: number | null;
  severity: number;
  level: string;
  zh: string;
  en: string;
  since: string;
  opened_at: string;
  ended: string | null;
  lasted_zh: string;
  lasted_en: string;
  acknowledged_by: string | null;
  acknowledged_at: string | null;
  version: number;
}

export interface AlertsView {
  pending: number;
  alerts: readonly (AlertView)[];
  next: string | null;
}

export interface Grant {
  grant_id: string;
  terminal_id: string;
  order_id: string;
  cell: number;
  purpose: string;
  issued_at: number;
  deadline: number;
}

export interface PortHealth {
  device: string;
  protocol: string;
  state: string;
  reason?: string | null | undefined;
  exchanges?: number | undefined;
  silences?: number | undefined;
  dropped_bytes?: number | undefined;
  checksum_errors?: number | undefined;
}

export interface BoardHealth {
  port: number;
  address: number;
  is_answering: boolean;
  fault?: string | null | undefined;
}

export interface Health {
  type: "health";
  id: string;
  ports: readonly (PortHealth)[];
  boards: readonly (BoardHealth)[];
  spooled?: number | undefined;
  disk_free_bytes?: number | null | undefined;
  disk_error?: string | null | undefined;
  clock_off_by_seconds?: number | null | undefined;
  uptime_seconds?: number | undefined;
}

export interface HealthKept {
  server_time: string;
}

export interface WatchMap {
  type: "watch_map";
  id: string;
  west: number;
  south: number;
  east: number;
  north: number;
  zoom: number;
}

export interface UnwatchMap {
  type: "unwatch_map";
  id: string;
}

export interface MapOrder {
  order_id: string;
  size: string;
  pay_fen: number;
  since: string;
}

export interface MapTerminal {
  terminal_id: string;
  name: string;
  lat: number;
  lon: number;
  region: string;
  online: boolean;
  since: string | null;
  level: string;
  worst_zh: string;
  worst_en: string;
  free: Readonly<Record<string, number>>;
  open_doors: readonly (number)[];
  parcels: number;
  open_orders: number;
  orders: readonly (MapOrder)[];
}

export interface MapChanged {
  type: "map_changed";
  couriers?: readonly ([number, string, number, number, number, number])[] | undefined;
  moves?: readonly ([number, number, number, number])[] | undefined;
  gone?: readonly (number)[] | undefined;
  clusters?: readonly ([string, number, number, number, string, number])[] | undefined;
  terminals?: readonly (MapTerminal)[] | undefined;
  cleared?: readonly (string)[] | undefined;
}

export interface MapWatched {
  type: "map_watched";
  id: string;
  whole: boolean;
  server_time: string;
  changes: MapChanged;
}

export interface TilesView {
  urls: readonly (string)[];
  attribution: string;
  datum: string;
  most_zoom: number;
}

export interface MapFound {
  terminal_id: string;
  name: string;
  lat: number;
  lon: number;
}

export interface MapConfigView {
  start: MapFound | null;
  tiles: TilesView | null;
  kept_seconds: number;
  stale_seconds: number;
  tick_seconds: number;
  point_seconds: number;
}

export interface MapFindQuery {
  find: string;
}

export interface MapFoundView {
  terminals: readonly (MapFound)[];
}

export interface MapPastQuery {
  since: string;
  seconds?: number | undefined;
  step?: number | undefined;
  west: number;
  south: number;
  east: number;
  north: number;
  purpose: string;
}

export interface TrackView {
  courier_id: string;
  points: readonly ([number, number, number])[];
}

export interface MapPastView {
  since: string;
  until: string;
  step: number;
  tracks: readonly (TrackView)[];
}

export interface NoticesQuery {
  before?: string | null | undefined;
  limit?: number | undefined;
}

export interface NoticeTryView {
  channel: string;
  at: string;
  outcome: string;
  why: string | null;
  ended_at: string | null;
}

export interface NoticeView {
  notice_id: string;
  person_id: string;
  order_id: string | null;
  kind: string;
  zh: string;
  at: string;
  state: string;
  plan: readonly (string)[];
  tries: readonly (NoticeTryView)[];
}

export interface ChannelRests {
  channel: string;
  until: string;
}

export interface NoticePage {
  notices: readonly (NoticeView)[];
  resting: readonly (ChannelRests)[];
  next: string | null;
}

export interface PriceQuery {
  size: "L" | "M" | "S";
  origin_region: string;
  region: string;
}

export interface PriceView {
  size: string;
  zone: string;
  price_fen: number;
  price_version: number;
}

export interface RulesView {
  prices_fen: Readonly<Record<string, Readonly<Record<string, number>>>>;
  price_version: number;
  size_limits_cm: Readonly<Record<string, [number, number, number]>>;
  agreement_version: string;
  consent_version: string;
  regions: readonly (string)[];
  cell_hold_seconds: number;
  payment_life_seconds: number;
  visit_seconds: number;
  pickup_within_seconds: number;
}

export interface PageQuery {
  before?: string | null | undefined;
  limit?: number | undefined;
}

export interface OrderPage {
  orders: readonly (OrderView)[];
  next: string | null;
}

export interface NearQuery {
  lat?: number | null | undefined;
  lon?: number | null | undefined;
  region?: string | null | undefined;
  limit?: number | undefined;
}

export interface TerminalsView {
  terminals: readonly (TerminalView)[];
}

export interface TerminalRegistered {
  terminal_id: string;
  token: string;
  token_expires_at: string;
}

export interface TokenDrawn {
  terminal_id: string;
  token: string;
  expires_at: string;
}

export interface AgentView {
  fingerprint: string | null;
  enrolled_at: string | null;
  token_expires_at: string | null;
}

export interface TerminalDetail {
  terminal: TerminalView;
  cells: readonly (CellView)[];
  agent: AgentView;
  layout: CabinetLayout | null;
}

export interface DoorAsked {
  command_id: string;
}

export interface CancelOrder {
  reason?: string | null | undefined;
}

export interface OutletDayDayQuery {
  day?: string | null | undefined;
}

export interface PurposeQuery {
  purpose?: string | undefined;
}

export interface CheckIn {
  code?: string | null | undefined;
  plate?: string | null | undefined;
  booking_id?: string | null | undefined;
}

export interface WalkIn {
  name: string;
  phone: string;
  plate: string;
  request_id: string;
}

export interface RecordBattery {
  version: number;
  model: string;
  code: string;
  count: number;
  weight_grams: number;
  condition: "burnt" | "dented" | "flooded" | "intact" | "leaking" | "swollen";
  note?: string | undefined;
  photos?: readonly (string)[] | undefined;
  handed_to?: string | null | undefined;
  handed_at?: string | null | undefined;
}

export interface ArrivalView {
  booking_id: string;
  code: string;
  qr: string;
  fetch_again_at: string;
  expires_at: string;
}

export interface DayRow {
  booking: BookingView;
  name: string;
  phone: string;
  plate: string;
  findings?: number | undefined;
  battery?: number | undefined;
}

export interface OutletDayView {
  outlet_id: string;
  day: string;
  server_time: string;
  rows: readonly (DayRow)[];
  free_now?: number | null | undefined;
  is_whole?: boolean | undefined;
}

export interface PersonOfBooking {
  booking_id: string;
  name: string;
  phone: string;
  plate: string;
}

export interface BatteryView {
  version: number;
  model: string;
  code: string;
  count: number;
  weight_grams: number;
  condition: string;
  note: string;
  photos: readonly (string)[];
  by: string;
  at: string;
  handed_to?: string | null | undefined;
  handed_at?: string | null | undefined;
}

export interface BatteryVersions {
  booking_id: string;
  versions: readonly (BatteryView)[];
}

export interface SpanBody {
  opens: number;
  closes: number;
}

export interface SpecialDayBody {
  day: string;
  spans: readonly (SpanBody)[];
  reason: string;
}

export interface OutletsQuery {
  lat?: number | null | undefined;
  lon?: number | null | undefined;
  region?: string | undefined;
  service?: string | undefined;
  enterprise_id?: string | undefined;
  open_now?: boolean | undefined;
  limit?: number | undefined;
}

export interface OpeningView {
  is_open: boolean;
  changes_at: string | null;
  reason: string | null;
}

export interface OutletView {
  outlet_id: string;
  enterprise_id: string;
  enterprise_name: string;
  name: string;
  region: string;
  address: string;
  lat: number;
  lon: number;
  phone: string;
  services: readonly (string)[];
  week: readonly (readonly (SpanBody)[])[];
  special_days: readonly (SpecialDayBody)[];
  slot_minutes: number;
  cancel_before_seconds: number;
  opening: OpeningView;
  distance_metres: number | null;
}

export interface OutletsView {
  at: string;
  outlets: readonly (OutletView)[];
}

export interface SlotsQuery {
  first?: string | null | undefined;
  days?: number | undefined;
}

export interface SlotView {
  slot_id: string;
  starts_at: string;
  ends_at: string;
  capacity: number;
  free: number;
}

export interface SlotsView {
  outlet_id: string;
  slots: readonly (SlotView)[];
  closed_days: readonly (SpecialDayBody)[];
}

export interface DetailsBody {
  name: string;
  region: string;
  address: string;
  lat: number;
  lon: number;
  phone: string;
  services: readonly (string)[];
}

export interface CalendarBody {
  week: readonly (readonly (SpanBody)[])[];
  special_days?: readonly (SpecialDayBody)[] | undefined;
  capacity: number;
  slot_minutes?: number | undefined;
  cancel_before_seconds?: number | undefined;
}

export interface NewOutlet {
  name: string;
  region: string;
  address: string;
  lat: number;
  lon: number;
  phone: string;
  services: readonly (string)[];
  enterprise_id: string;
}

export interface EditDetails {
  name: string;
  region: string;
  address: string;
  lat: number;
  lon: number;
  phone: string;
  services: readonly (string)[];
  version: number;
  active: boolean;
}

export interface EditCalendar {
  week: readonly (readonly (SpanBody)[])[];
  special_days?: readonly (SpecialDayBody)[] | undefined;
  capacity: number;
  slot_minutes?: number | undefined;
  cancel_before_seconds?: number | undefined;
  version: number;
}

export interface Foresee {
  week: readonly (readonly (SpanBody)[])[];
  special_days?: readonly (SpecialDayBody)[] | undefined;
  capacity: number;
  slot_minutes?: number | undefined;
  cancel_before_seconds?: number | undefined;
  active?: boolean | undefined;
}

export interface DaysQuery {
  first?: string | null | undefined;
  days?: number | undefined;
}

export interface StaffOutletsQuery {
  text?: string | undefined;
  region?: string | undefined;
  enterprise_id?: string | undefined;
  skip?: number | undefined;
  limit?: number | undefined;
}

export interface StaffOutletView {
  outlet_id: string;
  enterprise_id: string;
  active: boolean;
  version: number;
  details: DetailsBody;
  calendar: CalendarBody;
  opening: OpeningView;
}

export interface StaffOutletsView {
  outlets: readonly (StaffOutletView)[];
  next: number | null;
}

export interface OutletStaffView {
  outlet_id: string;
  people: Readonly<Record<string, string>>;
}

export interface OutletDayTold {
  day: string;
  spans: readonly (SpanBody)[];
  reason: string | null;
  slots: number;
  places: number;
  booked: number;
}

export interface OutletDaysView {
  outlet_id: string;
  version: number;
  today: string;
  last_day: string;
  days: readonly (OutletDayTold)[];
}

export interface OutsideBooking {
  booking_id: string;
  slot_id: string;
  place: number;
  starts_at: string;
  ends_at: string;
  state: string;
}

export interface OutsideView {
  outlet_id: string;
  version: number;
  bookings: readonly (OutsideBooking)[];
}

export interface ConsentToPapers {
  consent_version: string;
}

export interface PapersConsentView {
  consent_version: string;
  agreed_at?: string | null | undefined;
}

export interface CorrectPaper {
  version: number;
  fields: Readonly<Record<string, string>>;
}

export interface FindingView {
  kind: string;
  field: string;
  rule: string;
  weight: string;
  zh: string;
  en: string;
}

export interface SheetView {
  kind: string;
  photo_id: string;
  state: string;
  version: number;
  read?: Readonly<Record<string, string>> | null | undefined;
  read_by?: string | null | undefined;
  read_at?: string | null | undefined;
  not_read?: string | null | undefined;
  corrected?: Readonly<Record<string, string>> | null | undefined;
  corrected_at?: string | null | undefined;
  masked?: boolean | undefined;
}

export interface OfferedVehicle {
  plate: string;
  model: string;
  vin: string;
}

export interface PapersPapersView {
  booking_id: string;
  version: number;
  papers: string;
  consent_version: string;
  reason?: string | null | undefined;
  agreed_at?: string | null | undefined;
  sheets?: readonly (SheetView)[] | undefined;
  findings_read?: readonly (FindingView)[] | undefined;
  findings?: readonly (FindingView)[] | undefined;
  offered_vehicle?: OfferedVehicle | null | undefined;
}

export interface PaperLinkView {
  path: string;
  expires_at: string;
}

export interface PapersQueueQuery {
  limit?: number | undefined;
}

export interface PapersWaiting {
  booking: BookingView;
  waits_since: string;
  decide_until: string;
}

export interface PapersQueue {
  cases: readonly (PapersWaiting)[];
  more: boolean;
}

export interface PapersCaseQuery {
  purpose?: string | undefined;
}

export interface PapersCase {
  booking: BookingView;
  name: string | null;
  plate: string | null;
  papers: PapersPapersView;
  decide_until: string;
}

export interface DecidePapers {
  accept: boolean;
  version: number;
  reason?: string | null | undefined;
}

export interface PapersRead {
  type: "papers_read";
  booking_id: string;
  kind: string;
  state: string;
}

export interface AskPayPage {
  way: "alipay_precreate" | "wechat_jsapi" | "wechat_native";
  handle?: string | null | undefined;
}

export interface PagePayment {
  way: string;
  expires_at: string;
  url: string | null;
  qr: string | null;
  jsapi: Readonly<Record<string, string>> | null;
}

export interface PayPageView {
  state: string;
  ways: readonly (string)[];
  amount_fen: number | null;
  size: string | null;
  terminal_name: string | null;
  expires_at: string | null;
  payment: PagePayment | null;
}

export interface ChooseWallet {
  wallet: "alipay" | "wechat";
}

export interface TakeAlipay {
  handle: string;
}

export interface SendAlipayCode {
  handle: string;
  device: string;
}

export interface MoveAlipay {
  handle: string;
  code: string;
}

export interface AlipayBegun {
  url: string;
}

export interface PayeeView {
  wallet: string;
  linked: boolean;
  pays: boolean;
  linked_at: string | null;
}

export interface MyPayees {
  wallets: readonly (PayeeView)[];
}

export interface Hello {
  type: "hello";
  id: string;
  token: string;
  protocol?: number | undefined;
}

export interface Subscribe {
  type: "subscribe";
  id: string;
  channel: string;
  resume?: Position | null | undefined;
}

export interface Unsubscribe {
  type: "unsubscribe";
  id: string;
  channel: string;
}

export interface SetDutyFrame {
  type: "set_duty";
  id: string;
  on: boolean;
  districts?: readonly (string)[] | undefined;
}

export interface ReportPosition {
  type: "report_position";
  id: string;
  lat: number;
  lon: number;
  at: string;
}

export interface ClaimOrder {
  type: "claim_order";
  id: string;
  order_id: string;
  offer_version: number;
}

export interface Ping {
  type: "ping";
  id: string;
}

export interface Welcome {
  type: "welcome";
  id: string;
  person_id: string;
  roles: readonly (string)[];
  server_time: string;
  ping_seconds: number;
  token_expires_at: string;
}

export interface Pong {
  type: "pong";
  id: string;
  server_time: string;
}

export interface Claimed {
  type: "claimed";
  id: string;
  order: OrderView;
  repeated?: boolean | undefined;
}

export interface Snapshot {
  orders?: readonly (OrderView)[] | undefined;
  offers?: readonly (OfferView)[] | undefined;
  visit?: VisitView | null | undefined;
  slots?: readonly (SlotCount)[] | undefined;
  bookings?: readonly (BookingView)[] | undefined;
  facts?: Readonly<Record<string, unknown>> | null | undefined;
}

export interface Subscribed {
  type: "subscribed";
  id: string;
  channel: string;
  position: Position;
  recovered: boolean;
  snapshot?: Snapshot | null | undefined;
}

export interface OrderChanged {
  type: "order_changed";
  order: OrderView;
  step: string;
}

export interface OfferOpened {
  type: "offer_opened";
  offer: OfferView;
}

export interface OfferGone {
  type: "offer_gone";
  order_id: string;
  offer_version: number;
}

export interface VisitChanged {
  type: "visit_changed";
  visit: VisitView;
}

export interface Notice {
  type: "notice";
  kind: string;
  zh: string;
  en: string;
  order_id?: string | null | undefined;
}

export interface Fact {
  type: "fact";
  key: string;
  kind: string;
  data: Readonly<Record<string, unknown>>;
}

export interface Push {
  type: "push";
  channel: string;
  epoch: string;
  offset: number;
  event: OrderChanged | OfferOpened | OfferGone | VisitChanged | Notice | Fact | BookingChanged | PapersRead | SlotCount | SlotsChanged;
}

export interface Reset {
  type: "reset";
  channel: string;
  within_seconds: number;
}

export interface ZonePrices {
  same_city: number;
  same_province: number;
  other: number;
}

export interface SizePrices {
  S: ZonePrices;
  M: ZonePrices;
  L: ZonePrices;
}

export interface PreviewPrices {
  prices_fen: SizePrices;
  fee_percent: number;
  from_at?: string | null | undefined;
}

export interface PublishPrices {
  prices_fen: SizePrices;
  fee_percent: number;
  from_at?: string | null | undefined;
  version: number;
  reason: string;
}

export interface WithdrawPrices {
  reason: string;
}

export interface PriceListsQuery {
  before?: number | null | undefined;
  limit?: number | undefined;
}

export interface WithdrawalView {
  by: string;
  at: string;
  reason: string;
}

export interface PriceListView {
  version: number;
  state: "in_force" | "past" | "waiting" | "withdrawn";
  prices_fen: Readonly<Record<string, Readonly<Record<string, number>>>>;
  pays_fen: Readonly<Record<string, Readonly<Record<string, number>>>>;
  fee_percent: number;
  from_at: string | null;
  reason: string;
  by: string | null;
  at: string | null;
  withdrawn: WithdrawalView | null;
}

export interface PriceListPage {
  newest: number;
  in_force: PriceListView;
  waiting: readonly (PriceListView)[];
  lists: readonly (PriceListView)[];
  next: number | null;
}

export interface PriceDifference {
  size: string;
  zone: string;
  price_before_fen: number;
  price_fen: number;
  pay_before_fen: number;
  pay_fen: number;
}

export interface PriceOddity {
  size: string;
  zone: string;
  than_size: string;
  than_zone: string;
}

export interface PricePreview {
  against: number;
  differences: readonly (PriceDifference)[];
  oddities: readonly (PriceOddity)[];
}

export interface Body {
}

export interface SendCode {
  phone: string;
  device: string;
}

export interface LogIn {
  phone: string;
  code: string;
  device: string;
  agreement_version?: string | null | undefined;
}

export interface Refresh {
  refresh_token: string;
}

export interface Recipient {
  name: string;
  phone: string;
  region: string;
  address: string;
}

export interface PlaceOrder {
  sender_name: string;
  recipient: Recipient;
  description: string;
  size: "L" | "M" | "S";
  origin_region: string;
  price_fen: number;
  no_prohibited_goods: boolean;
  consent_version: string;
}

export interface StartVisit {
  code: string;
}

export interface ChooseRole {
  role: "deposit" | "pickup";
}

export interface ChooseOrder {
  order_id: string;
}

export interface BindCarrier {
  carrier_waybill: string;
  carrier?: string | null | undefined;
  visit_id: string;
}

export interface RefuseParcel {
  reason: string;
  photo_id: string;
}

export interface UploadFinished {
  carrier: string;
  number: string;
  sender: string;
  recipient: string;
  phone: string;
  address: string;
  weight_grams: number;
  postage_fen: number;
  date: string;
  photo_id: string;
}

export interface ApproveWaybill {
  reason?: string | null | undefined;
  uploaded_at: string;
}

export interface SendBackWaybill {
  reason: "fields_differ" | "not_posted" | "number_differs" | "other" | "photo_unclear" | "wrong_parcel";
  note?: string | null | undefined;
  uploaded_at: string;
}

export interface Reject {
  reason: string;
}

export interface SetDuty {
  on: boolean;
  districts?: readonly (string)[] | undefined;
}

export interface ReportPlace {
  lat: number;
  lon: number;
  at: string;
}

export interface ClaimOffer {
  offer_version: number;
  request_id: string;
}

export interface Certify {
  state: "certified" | "none" | "suspended";
  reason: string;
}

export interface SetRoles {
  roles: readonly (string)[];
  seen?: readonly (string)[] | null | undefined;
}

export interface CellPlan {
  cell: number;
  size: "L" | "M" | "S";
}

export interface RegisterTerminal {
  terminal_id: string;
  name: string;
  lat: number;
  lon: number;
  region: string;
  cells: readonly (CellPlan)[];
}

export interface ReleaseGrant {
  grant_id: string;
  reason: string;
}

export interface TestCell {
  reason: string;
}

export interface RetireCell {
  reason: string;
}

export interface RestoreCell {
  reason: string;
}

export interface StaffOpenDoor {
  reason: string;
}

export interface RefundOrder {
  reason: "damaged" | "goodwill" | "late" | "lost" | "other" | "overcharged";
  note: string;
  amount_fen?: number | null | undefined;
}

export interface StaffReason {
  reason: string;
}

export interface CloseSuspense {
  reason: string;
  came_back: boolean;
}

export interface SuspenseClosed {
  number: string;
  closed_fen: number;
}

export interface SettlePayout {
  paid: boolean;
  reason: string;
}

export interface PayNow {
  payouts: readonly (string)[];
  reason: string;
}

export interface MoneyQuery {
  state?: string | undefined;
  before?: string | undefined;
  limit?: number | undefined;
}

export interface RefundView {
  refund_id: string;
  payment_id: string;
  order_id: string;
  amount_fen: number;
  wallet: string;
  state: string;
  reason: string;
  note: string;
  asked_by: string;
  asked_at: string;
  trouble: string | null;
}

export interface RefundPage {
  refunds: readonly (RefundView)[];
  next: string | null;
}

export interface StaffPayoutView {
  payout_id: string;
  order_id: string;
  courier_id: string;
  amount_fen: number;
  wallet: string;
  state: string;
  attempt: number;
  created_at: string;
  not_before: string;
  asked_at: string | null;
  waits: string | null;
  trouble: string | null;
  afterwards: string | null;
  owed_fen: number;
  written_off_fen: number;
  by_hand: boolean;
}

export interface PayoutPage {
  payouts: readonly (StaffPayoutView)[];
  next: string | null;
}

export interface QueueView {
  name: string;
  waiting: number;
  oldest: string | null;
}

export interface QueuesView {
  queues: readonly (QueueView)[];
}

export interface AuditQuery {
  person?: string | undefined;
  subject?: string | undefined;
  action?: string | undefined;
  since?: string | null | undefined;
  until?: string | null | undefined;
  before?: string | undefined;
  limit?: number | undefined;
}

export interface AuditEntry {
  entry_id: string;
  actor: string;
  action: string;
  subject: string;
  purpose: string;
  at: string;
  phone: string | null;
  details: Readonly<Record<string, string>>;
}

export interface AuditPage {
  entries: readonly (AuditEntry)[];
  next: string | null;
  actions: readonly (string)[];
}

export interface DoorEvent {
  number: number;
  cell: number;
  kind: "asked" | "sent" | "pulsed" | "sensed_open" | "sensed_closed" | "jammed" | "left_open" | "tampered" | "refused" | "uncertain" | "changed_during_outage" | "unreachable" | "reachable";
  at: string;
  state: "open" | "closed" | "unknown";
  command_id?: string | null | undefined;
  reason?: string | null | undefined;
  evidence?: string | null | undefined;
  source?: "command" | "line" | "reply" | "poll" | "report" | "time" | "disk" | null | undefined;
  item?: boolean | null | undefined;
}

export interface DoorReading {
  cell: number;
  state: "open" | "closed" | "unknown";
  stale?: boolean | undefined;
  item?: boolean | null | undefined;
}

export interface Boot {
  type: "boot";
  id: string;
  protocol: number;
  terminal_id: string;
  token?: string | null | undefined;
  agent_version: string;
  boot_id: string;
  spool_id: string;
  doors: readonly (DoorReading)[];
  layout?: CabinetLayout | null | undefined;
}

export interface Events {
  type: "events";
  id: string;
  spool_id: string;
  events: readonly (DoorEvent)[];
}

export interface KioskInput {
  type: "kiosk_input";
  id: string;
  visit_id: string;
  action: "choose_role" | "choose_order" | "scan" | "confirm_inside" | "confirm_taken" | "open_again" | "another_cell" | "leave";
  value?: string | null | undefined;
}

export interface TerminalCell {
  cell: number;
  size: string;
}

export interface TerminalConfig {
  name: string;
  kiosk_url: string;
  kiosk_key: string;
  kiosk_step_seconds: number;
  open_within_seconds: number;
  left_open_warn_seconds: number;
  cells?: readonly (TerminalCell)[] | undefined;
  grant_keys?: readonly (string)[] | undefined;
}

export interface BootAccepted {
  type: "boot_accepted";
  id: string;
  epoch: number;
  server_time: string;
  ping_seconds: number;
  applied_number: number;
  config: TerminalConfig;
}

export interface BootPending {
  type: "boot_pending";
  id: string;
  retry_seconds: number;
}

export interface EventsApplied {
  type: "events_applied";
  id: string;
  number: number;
}

export interface OpenDoor {
  type: "open_door";
  id: string;
  command_id: string;
  cell: number;
  deadline: string;
}

export interface WithdrawGrant {
  type: "withdraw_grant";
  id: string;
  grant_id: string;
  issued_at?: string | null | undefined;
}

export interface Configure {
  type: "configure";
  id: string;
  config: TerminalConfig;
}

export interface KioskOrder {
  order_id: string;
  label: string;
  size: string;
  cell?: number | null | undefined;
  until?: string | null | undefined;
}

export interface KioskView {
  type: "kiosk";
  version: number;
  step: "welcome" | "on_phone" | "choose_role" | "choose_order" | "scan_carrier" | "door_opening" | "door_open" | "parcel_inside" | "parcel_taken" | "door_jammed" | "pay" | "done" | "failed";
  visit_id?: string | null | undefined;
  role?: string | null | undefined;
  message?: string | null | undefined;
  cell?: number | null | undefined;
  orders?: readonly (KioskOrder)[] | undefined;
  pay_url?: string | null | undefined;
  amount_fen?: number | null | undefined;
  actions?: readonly ("choose_role" | "choose_order" | "scan" | "confirm_inside" | "confirm_taken" | "open_again" | "another_cell" | "leave")[] | undefined;
  expires_at?: string | null | undefined;
}

export interface CommandTaken {
  type: "command_taken";
  id: string;
  command_id?: string | null | undefined;
}

export interface CommandRefused {
  type: "command_refused";
  id: string;
  command_id: string;
  reason: string;
}

export interface TextsQuery {
  before?: string | null | undefined;
  limit?: number | undefined;
}

export interface FindTexts {
  phone: string;
  purpose: string;
  before?: string | null | undefined;
  limit?: number | undefined;
}

export interface TextView {
  text_id: string;
  template: string;
  at: string;
  fate: string;
  vendor: string;
  serial: string;
  why: string;
  why_words: string;
  tried: readonly (string)[];
  reported_at: string | null;
}

export interface TextPage {
  texts: readonly (TextView)[];
  last_day: Readonly<Record<string, number>>;
  next: string | null;
}

export interface View {
}

export interface OfferView {
  order_id: string;
  offer_version: number;
  terminal_id: string;
  terminal_name: string;
  lat: number;
  lon: number;
  destination_region: string;
  size: string;
  pay_fen: number;
  ring_metres: number;
  opened_at: string;
}

export interface PlacementView {
  terminal_id: string;
  terminal_name: string;
  cell: number;
  opened: boolean;
  closed: boolean;
  opens_left: number;
  held_until: string | null;
}

export interface EventView {
  version: number;
  step: string;
  at: string;
  custody: string;
  charge: string;
}

export interface OrderView {
  order_id: string;
  version: number;
  custody: string;
  charge: string;
  payout: string;
  size: string;
  zone: string;
  destination_region: string;
  price_fen: number;
  created_at: string;
  updated_at: string;
  pay_fen: number | null;
  refunded_fen: number | null;
  recipient_masked: string | null;
  placement: PlacementView | null;
  pickup_until: string | null;
  carrier_waybill: string | null;
  rejection: string | null;
  refusal: string | null;
  offer_version: number | null;
  waits_for_terminal: boolean;
  grant_id: string | null;
  price_version: number | null;
  customer_id: string | null;
  courier_id: string | null;
  timeline: readonly (EventView)[];
}

export interface FullWaybill {
  order_id: string;
  sender_name: string;
  recipient_name: string;
  recipient_phone: string;
  region: string;
  address: string;
  description: string;
}

export interface PersonView {
  person_id: string;
  roles: readonly (string)[];
  masked_phone: string;
  certification: string;
  active_orders: number;
}

export interface TerminalView {
  terminal_id: string;
  name: string;
  lat: number;
  lon: number;
  region: string;
  online: boolean;
  free: Readonly<Record<string, number>>;
  metres: number | null;
}

export interface PulseTestView {
  command_id: string;
  state: string;
  at: string;
  until: string;
  reason: string | null;
}

export interface CellView {
  cell: number;
  size: string;
  state: string;
  door: string;
  stale: boolean;
  door_at: string | null;
  stale_at: string | null;
  order_id: string | null;
  held_until: string | null;
  faults: number;
  test: PulseTestView | null;
}

export interface PaymentView {
  payment_id: string;
  order_id: string;
  amount_fen: number;
  pay_url: string;
  expires_at: string;
  state: string;
  way: string;
  prepay_id: string | null;
}

export interface PayLinkView {
  url: string;
  code: string;
  amount_fen: number;
  expires_at: string;
}

export interface VisitView {
  visit_id: string;
  terminal_id: string;
  terminal_name: string;
  next: string;
  expires_at: string;
  role: string | null;
  roles: readonly (string)[];
  orders: readonly (OrderView)[];
  current: OrderView | null;
  pay: PayLinkView | null;
  door: string | null;
}

export interface BeginWeChat {
  return_path: string;
}

export interface EnterByWeChat {
  handle: string;
  mini?: boolean | undefined;
  device: string;
  agreement_version?: string | null | undefined;
}

export interface EnterByPhone {
  handle: string;
  mini?: boolean | undefined;
  phone: string;
  code: string;
  device: string;
  agreement_version?: string | null | undefined;
}

export interface EnterMini {
  code: string;
  device: string;
  agreement_version?: string | null | undefined;
}

export interface EnterMiniPhone {
  handle: string;
  code: string;
  device: string;
  agreement_version: string;
}

export interface TakeWeChat {
  handle: string;
  mini?: boolean | undefined;
}

export interface MoveWeChat {
  handle: string;
  mini?: boolean | undefined;
  code: string;
}

export interface SendMoveCode {
  handle: string;
  mini?: boolean | undefined;
  device: string;
}

export interface AskScene {
  visit_id: string;
}

export interface ReadScan {
  text: string;
}

export interface WeChatInfo {
  service: boolean;
  mini: boolean;
  jssdk_url: string | null;
}

export interface WeChatBegun {
  url: string;
}

export interface WeChatEntered {
  linked: boolean;
  logged_in: LoggedIn | null;
  handle: string | null;
  why_not: string | null;
}

export interface WeChatLink {
  app: "mini" | "service";
  linked_at: string | null;
  followed: boolean;
}

export interface WeChatNews {
  zh: string;
  en: string;
  at: string;
}

export interface MyWeChat {
  links: readonly (WeChatLink)[];
  news: readonly (WeChatNews)[];
}

export interface SceneView {
  followed: boolean;
  qr: string | null;
  expires_at: string | null;
}

export interface PageConfigView {
  app_id: string;
  timestamp: number;
  nonce: string;
  signature: string;
}

export interface ScanView {
  kind: "kiosk" | "other" | "waybill";
  code: string | null;
  number: string | null;
  is_link: boolean;
}

export interface RefusedView {
  callback: string;
  rule: string;
  day: string;
  count: number;
}

export interface RefusedMessages {
  refused: readonly (RefusedView)[];
}

export interface OffersView {
  offers: readonly (OfferView)[];
}

export interface FeedCheckView {
  certification: string;
  certified: boolean;
  may_see_offers: boolean;
  carrying: number;
  cap: number;
  has_room: boolean;
  on_duty: boolean;
  position_at: string | null;
  position_counts: boolean;
  position_counts_seconds: number;
  districts: readonly (string)[];
  terminals: number;
  terminals_online: number;
  offers: number;
  offers_beyond: number;
  live: boolean;
}

export interface ClaimWonView {
  order: OrderView;
  repeated: boolean;
}

export interface WonOrdersView {
  orders: readonly (OrderView)[];
}

export interface GrantView {
  grant_id: string;
  order_id: string;
  purpose: string;
  terminal_id: string;
  terminal_name: string;
  cell: number;
  deadline: string;
  text: string;
  qr: string;
}

export interface GrantsView {
  grants: readonly (GrantView)[];
}

export interface DutyView {
  on: boolean;
  districts: readonly (string)[];
}

export interface PayoutConfirmation {
  parameters: Readonly<Record<string, string>>;
}

export interface PayoutView {
  payout_id: string;
  order_id: string;
  amount_fen: number;
  state: string;
  asked_at: string;
  waits: string | null;
  not_before: string | null;
  wallet: string | null;
}

export interface EarningsView {
  pending_fen: number;
  available_fen: number;
  paid_fen: number;
  payouts: readonly (PayoutView)[];
}

export interface FinishedView {
  carrier: string;
  number: string;
  sender: string;
  recipient: string;
  phone: string;
  address: string;
  weight_grams: number;
  postage_fen: number;
  date: string;
  photo_id: string;
  uploaded_at: string;
  match: string | null;
  numbers: readonly (string)[];
}

export interface ReviewView {
  order: OrderView;
  finished: FinishedView;
  approvals_needed: number;
  approved_at: string | null;
  approved_by_you: boolean;
}

export interface ReviewQueueView {
  orders: readonly (ReviewView)[];
}

export interface StaffOrdersQuery {
  custody?: string | undefined;
  charge?: string | undefined;
  q?: string | undefined;
  terminal?: string | undefined;
  person?: string | undefined;
  since?: string | null | undefined;
  until?: string | null | undefined;
  before?: string | null | undefined;
  limit?: number | undefined;
}

export interface SummaryView {
  custody: Readonly<Record<string, number>>;
  charge: Readonly<Record<string, number>>;
  sockets: number;
  events_per_second: number;
  terminals_online: number;
  couriers_on_duty: number;
}

export interface AttemptView {
  arrival: number;
  courier_id: string;
  request_id: string;
  at: string;
  answer: string;
}

export interface RaceView {
  offer_version: number;
  partial: boolean;
  cut: number;
  attempts: readonly (AttemptView)[];
}

export interface RacesView {
  order_id: string;
  races: readonly (RaceView)[];
}

export interface BadEntryView {
  key: string;
  order_id: string | null;
  rule: string;
  why: string;
}

export interface OpenItemView {
  name: string;
  fen: number;
}

export interface LedgerView {
  ok: boolean;
  entries: number;
  first_bad: string | null;
  balances: Readonly<Record<string, number>>;
  bad: readonly (BadEntryView)[];
  open: readonly (OpenItemView)[];
}

export interface ErrorBody {
  code: string;
  message: string;
  field?: string | null | undefined;
  rule?: string | null | undefined;
  details?: Readonly<Record<string, unknown>> | null | undefined;
}

export type FromPerson = Hello | Subscribe | Unsubscribe | SetDutyFrame | ReportPosition | ClaimOrder | WatchMap | UnwatchMap | Ping;

export type PushEvent = OrderChanged | OfferOpened | OfferGone | VisitChanged | Notice | Fact | BookingChanged | PapersRead | SlotCount | SlotsChanged;

export type ToPerson = Welcome | Pong | Claimed | Subscribed | Push | MapWatched | MapChanged | Reset | Reply | Failure;

export type FromTerminal = Enrol | Boot | BootProof | Events | KioskInput | Health | CommandTaken | CommandRefused | FramesTold;

export type ToTerminal = Enrolled | BootChallenge | BootAccepted | BootPending | EventsApplied | OpenDoor | WithdrawGrant | Configure | TellFrames | KioskView | Reply | Failure;
