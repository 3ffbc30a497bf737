//! Files that are told apart by a few headings of their own: suppliers, ledgers, loyalty points, targets,
//! calendars of events, exchange rates.
//!
//! Their columns are too few and too plain for weighing concepts: such a file is taken for one only if all
//! that its entity needs is there under names from this list, and holds what it should.

use std::collections::BTreeMap;

use confect_domain::names::normalise;
use confect_domain::{Entity, FieldType, Period};
use confect_ingest::{ColumnProfile, FileProfile};

use super::{Confidence, Origin, ProposedColumn};

/// Column of an entity → headings, compared without case and separators; the column's own name is one.
type Headings = (&'static str, &'static str);

const fn headings(entity: Entity) -> &'static [Headings] {
    match entity {
        Entity::Suppliers => &[
            (
                "supplier",
                "suppliername supplierid vendor vendorname lieferant fournisseur proveedor fornitore leverancier",
            ),
            (
                "lead_time_days",
                "leadtime lieferzeit lieferzeittage delaidelivraison delai plazo tempodiconsegna levertijd",
            ),
            ("lead_time_sd_days", "leadtimesd leadtimestd leadtimestddays leadtimedeviation"),
            ("min_order_qty", "moq minorder minimumorder minimumorderqty mindestbestellmenge"),
        ],
        Entity::LedgerEntries => &[
            ("entry_id", "entry entryno postingid postingno journalid journalno belegnr buchungsnr"),
            (
                "posted_date",
                "posted postingdate postedon bookingdate buchungsdatum datecomptable date datum fecha data",
            ),
            ("account", "accountname ledgeraccount konto compte cuenta conto rekening"),
            ("amount", "betrag montant importe importo bedrag"),
            ("store_id", "store shop filiale costcenter costcentre kostenstelle magasin tienda winkel"),
        ],
        Entity::LoyaltyEvents => &[
            ("event_id", "eventno transactionid pointsid"),
            ("customer_id", "customer memberid member kundennr kundennummer client cliente klant"),
            ("occurred_at", "occurred eventdate date timestamp datum fecha data"),
            ("kind", "type eventtype art typ"),
            ("points", "punkte puntos punti punten pointschange"),
        ],
        Entity::Targets => &[
            ("metric", "kpi measure kennzahl"),
            ("period", "month year quarter monat jahr mois mes mese maand"),
            ("value", "target goal budget plan ziel sollwert objectif objetivo obiettivo doel"),
            ("scope_column", "scope"),
            ("scope_value", ""),
        ],
        Entity::CalendarEvents => &[
            ("date", "day eventdate datum tag jour fecha data dag"),
            ("name", "event eventname holiday holidayname feiertag ereignis evenement evento"),
            ("kind", "type eventtype art typ"),
        ],
        Entity::ExchangeRates => &[
            ("date", "day datum tag jour fecha data dag"),
            ("currency", "currencycode ccy wahrung devise moneda valuta"),
            ("rate", "exchangerate fxrate fx kurs wechselkurs cours tauxdechange tipodecambio cambio koers"),
        ],
        _ => &[],
    }
}

/// In the order in which they are tried.
const ENTITIES: [Entity; 6] = [
    Entity::LoyaltyEvents,
    Entity::LedgerEntries,
    Entity::Targets,
    Entity::ExchangeRates,
    Entity::CalendarEvents,
    Entity::Suppliers,
];

/// The entity of a file that has all that one of these needs.
pub(super) fn entity(profile: &FileProfile) -> Option<Entity> {
    ENTITIES.into_iter().find(|entity| {
        let all = entity.columns().iter().filter(|column| column.required);
        all.clone().all(|column| found(profile, *entity, column.name).is_some()) && is_plain(profile, *entity)
    })
}

/// What keeps a file with such headings from being something else.
fn is_plain(profile: &FileProfile, entity: Entity) -> bool {
    let has = |column: &str| found(profile, entity, column).is_some();
    let speaks_of =
        |name: &str| profile.columns.iter().any(|column| normalise(&column.heading).contains(name));
    match entity {
        Entity::Suppliers => {
            let unique = found(profile, entity, "supplier").is_some_and(|column| column.uniqueness() > 0.95);
            unique && (has("lead_time_days") || has("min_order_qty")) && !speaks_of("product")
        }
        Entity::CalendarEvents => {
            has("kind") && profile.columns.len() <= 5 && !speaks_of("customer") && !speaks_of("id")
        }
        Entity::ExchangeRates => {
            profile.columns.len() <= 6 && !speaks_of("product") && !speaks_of("quantity")
        }
        _ => true,
    }
}

/// The column of the file that stands for a column of the entity.
fn found<'a>(profile: &'a FileProfile, entity: Entity, column: &str) -> Option<&'a ColumnProfile> {
    let own = normalise(column);
    let listed = headings(entity).iter().find(|(name, _)| *name == column).map_or("", |(_, words)| words);
    let names = std::iter::once(own.as_str()).chain(listed.split(' ').filter(|name| !name.is_empty()));
    let field_type = entity.column(column)?.field_type;
    names
        .filter_map(|name| profile.columns.iter().find(|held| normalise(&held.heading) == name))
        .find(|held| holds(held, field_type))
}

/// Whether the values are what the column takes, but for a slip or two.
fn holds(column: &ColumnProfile, field_type: FieldType) -> bool {
    match field_type {
        FieldType::Date | FieldType::Timestamp => column.date_rate() > 0.9,
        FieldType::Decimal | FieldType::Integer | FieldType::Rate | FieldType::Factor => {
            column.number_rate() > 0.9
        }
        FieldType::Period => column.samples.iter().all(|sample| Period::named(sample).is_some()),
        _ => column.filled > 0,
    }
}

/// The columns of the entity.
pub(super) fn columns(profile: &FileProfile, entity: Entity) -> Vec<ProposedColumn> {
    let column = |(name, field_type): (&'static str, FieldType)| {
        let held = found(profile, entity, name)?;
        let values = match field_type {
            FieldType::Word(words) => rewrites(held, words),
            _ => BTreeMap::new(),
        };
        Some(ProposedColumn {
            column: name,
            origin: Origin::Heading(held.heading.clone()),
            values,
            reason: "the heading says so, and the values fit".to_owned(),
            confidence: Confidence::Likely,
        })
    };
    entity.columns().iter().filter_map(|held| column((held.name, held.field_type))).collect()
}

/// Words of exports for the words that entities know.
const WORDS: &[(&str, &str)] = &[
    (
        "payroll",
        "wages salaries salary personnel staff lohn lohne löhne loehne gehalter gehälter gehaelter personal salaires salarios stipendi lonen",
    ),
    ("rent", "lease miete loyer alquiler affitto huur"),
    ("utilities", "energy electricity power gas water strom energie"),
    ("marketing", "advertising ads werbung publicite publicidad pubblicita reclame"),
    ("admin", "administration office overhead general verwaltung"),
    ("payment_fees", "fees cardfees bankfees paymentfee transactionfees"),
    ("delivery", "shipping freight versand livraison envio spedizione verzending"),
    ("packaging", "packing verpackung emballage embalaje imballaggio verpakking"),
    ("depreciation", "amortisation amortization abschreibung amortissement"),
    ("interest", "zinsen interets intereses interessi rente"),
    ("tax", "taxes incometax steuern impots impuestos imposte belasting"),
    ("other_income", "otherincome income sonstigeertrage"),
    ("earn", "earned credit issue issued gutschrift accrual"),
    ("redeem", "redeemed spend spent debit redemption einlosung"),
    ("expire", "expired expiry verfall lapsed"),
    ("holiday", "publicholiday bankholiday feiertag ferie"),
    ("promotion", "promo sale aktion"),
    ("campaign", "kampagne campagne"),
    ("closure", "closed geschlossen"),
];

/// Rewrites of a file's words into those of `words`.
fn rewrites(column: &ColumnProfile, words: &'static [&'static str]) -> BTreeMap<String, String> {
    let meaning = |value: &str| {
        let plain = normalise(value);
        if words.iter().any(|word| normalise(word) == plain) {
            return None;
        }
        let listed = WORDS.iter().filter(|(word, _)| words.contains(word));
        listed
            .filter(|(_, others)| others.split(' ').any(|other| other == plain))
            .map(|(word, _)| (*word).to_owned())
            .next()
    };
    column.values.iter().filter_map(|(value, _)| Some((value.clone(), meaning(value)?))).collect()
}
