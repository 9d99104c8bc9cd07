//! Does the operations of a FHIRPath Patch, one after the other, on a copy. Source: FHIR R4, "FHIRPath Patch".

use super::error::{PatchError, PatchFault};
use super::limits::STEPS_MAX;
use super::list::{List, Pair};
use super::operation::{Action, Operation, Value};
use super::value::{Made, Maker, check_depth, element_named, has_element, slot};
use crate::budget::Budget;
use crate::definitions::{Definitions, Element};
use crate::path::{Held, Path, Place};
use crate::tree::{Kind, NodeId, Tree};

/// Does operations that were read before. The resource itself stays as it is.
///
/// # Errors
/// The first operation that cannot be done, with its number and path: see [`PatchFault`]. Then nothing was done.
///
/// ```
/// use baton_fhir::definitions::{FhirVersion, definitions};
/// use baton_fhir::patch::{apply, operations};
/// use baton_fhir::reading::{ReadLimits, Reading};
/// let read = |text: &str| baton_fhir::json::read(text.as_bytes(), Reading::Strict, &ReadLimits::default()).unwrap().tree;
/// let patient = read(r#"{"resourceType":"Patient","active":true}"#);
/// let patch = read(r#"{"resourceType":"Parameters","parameter":[{"name":"operation","part":[
///     {"name":"type","valueCode":"delete"}, {"name":"path","valueString":"Patient.name[0]"}]}]}"#);
/// let r4 = definitions(FhirVersion::R4);
/// // what is not there need not be deleted
/// assert!(apply(&patient, &operations(patch.root(), r4).unwrap(), r4).is_ok());
/// ```
pub fn apply(tree: &Tree, operations: &[Operation<'_>], definitions: &Definitions) -> Result<Tree, PatchError> {
    let mut patcher = Patcher { tree: tree.clone(), definitions, budget: Budget::new(STEPS_MAX) };
    for operation in operations {
        let done = patcher.operation(operation);
        done.map_err(|fault| PatchError::of_operation(operation.number, operation.node, Some(operation.path), fault))?;
    }
    Ok(patcher.tree)
}

struct Patcher<'d> {
    tree: Tree,
    definitions: &'d Definitions,
    budget: Budget,
}

impl<'d> Patcher<'d> {
    fn operation(&mut self, operation: &Operation<'_>) -> Result<(), PatchFault> {
        let path = Path::parse(operation.path)?;
        match &operation.action {
            Action::Add { name, value } => self.add(&path, name, value),
            Action::Insert { index, value } => self.insert(&path, *index, value),
            Action::Delete => self.delete(&path),
            Action::Replace { value } => self.replace(&path, value),
            Action::Move { source, destination } => self.move_item(&path, *source, *destination),
        }
    }

    fn add(&mut self, path: &Path, name: &str, value: &Value<'_>) -> Result<(), PatchFault> {
        let place = one(&self.places(path)?)?;
        let (index, element) = element_named(place.of, name)?;
        let made = self.make((index, element), value)?;
        let owner = self.own(&place)?;
        if !element.many && has_element(self.tree.node(owner), place.of, element) {
            return Err(PatchFault::Occupied(name.to_owned()));
        }
        let mut list = List::read(&self.tree, owner, made.found.type_ref.json_name, &mut self.budget)?;
        list.pairs.push(made.pair);
        list.write(&mut self.tree, Some(slot(place.of, index, element)));
        self.check_depth(made.pair)
    }

    fn insert(&mut self, path: &Path, at: usize, value: &Value<'_>) -> Result<(), PatchFault> {
        let (place, index, element) = self.list(path)?;
        let made = self.make((index, element), value)?;
        let owner = self.own(&place)?;
        let mut list = List::read(&self.tree, owner, made.found.type_ref.json_name, &mut self.budget)?;
        if at > list.pairs.len() {
            return Err(PatchFault::OutOfRange { index: at, length: list.pairs.len() });
        }
        list.pairs.insert(at, made.pair);
        list.write(&mut self.tree, Some(slot(place.of, index, element)));
        self.check_depth(made.pair)
    }

    fn delete(&mut self, path: &Path) -> Result<(), PatchFault> {
        let places = self.places(path)?;
        if places.is_empty() {
            return Ok(());
        }
        let held = held(&one(&places)?)?;
        let mut list = List::read(&self.tree, held.owner, held.found.type_ref.json_name, &mut self.budget)?;
        nth(&mut list, held.index)?;
        list.pairs.remove(held.index);
        list.write(&mut self.tree, None);
        self.prune(held.owner)
    }

    fn replace(&mut self, path: &Path, value: &Value<'_>) -> Result<(), PatchFault> {
        let held = held(&one(&self.places(path)?)?)?;
        let made = self.make((held.found.index, held.found.element), value)?;
        let (old, new) = (held.found.type_ref.json_name, made.found.type_ref.json_name);
        let mut list = List::read(&self.tree, held.owner, old, &mut self.budget)?;
        if old == new {
            *nth(&mut list, held.index)? = made.pair;
        } else {
            // a choice has one value, so the other type takes its place
            list.pairs.clear();
            list.write(&mut self.tree, None);
            list = List { owner: held.owner, json_name: new.to_owned(), pairs: vec![made.pair] };
        }
        list.write(&mut self.tree, Some(slot(held.owner_type, held.found.index, held.found.element)));
        self.check_depth(made.pair)
    }

    fn move_item(&mut self, path: &Path, source: usize, destination: usize) -> Result<(), PatchFault> {
        let (place, index, element) = self.list(path)?;
        let owner = place.object(&self.tree).ok_or(PatchFault::NothingThere)?;
        let mut list = List::read(&self.tree, owner, element.name, &mut self.budget)?;
        let length = list.pairs.len();
        if let Some(index) = [source, destination].into_iter().find(|index| *index >= length) {
            return Err(PatchFault::OutOfRange { index, length });
        }
        let moved = list.pairs.remove(source);
        list.pairs.insert(destination, moved);
        list.write(&mut self.tree, Some(slot(place.of, index, element)));
        Ok(())
    }

    fn places<'p>(&mut self, path: &'p Path) -> Result<Vec<Place<'p>>, PatchFault>
    where
        'd: 'p,
    {
        Ok(path.places_within(&self.tree, self.definitions, &mut self.budget)?)
    }

    /// The one object whose list a path names, and the element that is the list.
    fn list<'p>(&mut self, path: &'p Path) -> Result<(Place<'p>, usize, &'p Element), PatchFault>
    where
        'd: 'p,
    {
        let (owners, name) = path.owners_within(&self.tree, self.definitions, &mut self.budget)?;
        let place = one(&owners)?;
        let (index, element) = element_named(place.of, name)?;
        if element.many { Ok((place, index, element)) } else { Err(PatchFault::NoList(name.to_owned())) }
    }

    fn make<'e>(&mut self, element: (usize, &'e Element), value: &Value<'_>) -> Result<Made<'e>, PatchFault>
    where
        'd: 'e,
    {
        let mut maker = Maker { tree: &mut self.tree, definitions: self.definitions, budget: &mut self.budget };
        maker.make(element, value)
    }

    /// The object that holds the elements of a place; for a primitive without id and extensions it is made.
    fn own(&mut self, place: &Place<'_>) -> Result<NodeId, PatchFault> {
        if let Some(object) = place.object(&self.tree) {
            return Ok(object);
        }
        let held = place.held.filter(|held| place.is_primitive() && !held.found.element.is_xml_attribute);
        let held = held.ok_or(PatchFault::Value("what is there can have no elements".into()))?;
        let mut list = List::read(&self.tree, held.owner, held.found.type_ref.json_name, &mut self.budget)?;
        let object = self.tree.loose(Kind::Object, "");
        nth(&mut list, held.index)?.beside = Some(object);
        list.write(&mut self.tree, Some(slot(held.owner_type, held.found.index, held.found.element)));
        Ok(object)
    }

    /// Takes away an object that has become empty, and those that become so by that: FHIR has no empty objects.
    fn prune(&mut self, mut object: NodeId) -> Result<(), PatchFault> {
        loop {
            let node = self.tree.node(object);
            let is_empty = node.kind() == Kind::Object && node.children().next().is_none();
            let Some(parent) = node.parent().filter(|_| is_empty) else { return Ok(()) };
            let named = if parent.kind() == Kind::Array { parent } else { node };
            let (Some(owner), Some(name)) = (named.parent(), named.name()) else { return Ok(()) };
            let name = name.strip_prefix('_').unwrap_or(name);
            let mut list = List::read(&self.tree, owner.id(), name, &mut self.budget)?;
            for pair in &mut list.pairs {
                pair.value = pair.value.filter(|id| *id != object);
                pair.beside = pair.beside.filter(|id| *id != object);
            }
            list.pairs.retain(|pair| !pair.is_empty(&self.tree));
            list.write(&mut self.tree, None);
            object = list.owner;
        }
    }

    fn check_depth(&mut self, pair: Pair) -> Result<(), PatchFault> {
        for id in [pair.value, pair.beside].into_iter().flatten() {
            check_depth(self.tree.node(id), &mut self.budget)?;
        }
        Ok(())
    }
}

fn one<'p>(places: &[Place<'p>]) -> Result<Place<'p>, PatchFault> {
    match places {
        [] => Err(PatchFault::NothingThere),
        [place] => Ok(*place),
        _ => Err(PatchFault::Ambiguous(places.len())),
    }
}

fn held<'p>(place: &Place<'p>) -> Result<Held<'p>, PatchFault> {
    place.held.ok_or(PatchFault::WholeResource)
}

fn nth(list: &mut List, index: usize) -> Result<&mut Pair, PatchFault> {
    list.pairs.get_mut(index).ok_or(PatchFault::NothingThere)
}
